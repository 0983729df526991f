"""A small living news world on 127.0.0.1: invented union news in the real structure of four sites.

What comes in: articles, teasers and a timeline, as data files beside this module.
What goes out: one web server an outlet, with pages, feeds, sitemaps and robots.txt, and a control
port through which a test moves the script's clock and reads what the world holds.
"""
