"""Writes the JSON Schemas of a release: `python -m services.contracts.release`.

In: the topics' models. Out: `schemas/<topic>.json`, overwritten. Run it when a release is cut,
never beside a change: the tests compare the models with what was released last.
"""

import json
from pathlib import Path

from services.contracts.topics import TOPICS

SCHEMAS = Path(__file__).parent / "schemas"


def main() -> None:
    """Write the schema of every topic that carries a model."""
    for topic in TOPICS:
        if topic.model is not None:
            schema = topic.model.model_json_schema(mode="serialization")
            text = json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True)
            (SCHEMAS / f"{topic.name}.json").write_text(f"{text}\n")


if __name__ == "__main__":
    main()
