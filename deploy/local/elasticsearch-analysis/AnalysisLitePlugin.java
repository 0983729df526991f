package unionwire.local;

import java.io.Reader;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.charfilter.HTMLStripCharFilter;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.core.KeywordTokenizer;
import org.apache.lucene.analysis.core.LetterTokenizer;
import org.apache.lucene.analysis.core.LowerCaseFilter;
import org.apache.lucene.analysis.core.UpperCaseFilter;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.LengthFilter;
import org.apache.lucene.analysis.miscellaneous.RemoveDuplicatesTokenFilter;
import org.apache.lucene.analysis.miscellaneous.TrimFilter;
import org.apache.lucene.analysis.miscellaneous.TruncateTokenFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenizer;
import org.apache.lucene.analysis.ngram.NGramTokenFilter;
import org.apache.lucene.analysis.ngram.NGramTokenizer;
import org.apache.lucene.analysis.pattern.PatternReplaceCharFilter;
import org.apache.lucene.analysis.pattern.PatternReplaceFilter;
import org.apache.lucene.analysis.pattern.PatternTokenizer;
import org.apache.lucene.util.Version;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.IndexScopedSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.settings.SettingsFilter;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.analysis.AbstractCharFilterFactory;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingCharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.PreConfiguredCharFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.PreConfiguredTokenizer;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestController;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/**
 * Fills the two gaps of Elasticsearch's integ-test-zip that this project meets.
 *
 * <p>The zip is the only Elasticsearch 8 server that Maven brings. It lacks the module
 * analysis-common, without which there is no "asciifolding" or "pattern_replace", and the module
 * rest-root, without which a client's ping and info fail. Neither is published on its own. The
 * Lucene classes behind them are in the zip; this registers them under their official names, with
 * the official settings and defaults, so that the same index settings mean the same on the full
 * distribution. A setting of the full distribution that is not known here is refused rather than
 * ignored: an index must never be analysed in silence in another way than in production.
 */
public class AnalysisLitePlugin extends Plugin implements AnalysisPlugin, ActionPlugin {

    /** "index" is what Elasticsearch adds itself: the version that the index was created with. */
    private static final Set<String> COMMON_SETTINGS = Set.of("type", "version", "index");

    private volatile ClusterService clusterService;

    @Override
    public Collection<?> createComponents(PluginServices services) {
        clusterService = services.clusterService();
        return List.of();
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        return Map.of(
            "asciifolding", normalizing(List.of("preserve_original"), s -> {
                boolean preserve = s.getAsBoolean("preserve_original", false);
                return in -> new ASCIIFoldingFilter(in, preserve);
            }),
            "edge_ngram", filter(List.of("min_gram", "max_gram", "preserve_original"), s -> {
                int min = s.getAsInt("min_gram", 1);
                int max = s.getAsInt("max_gram", 2);
                boolean preserve = s.getAsBoolean("preserve_original", false);
                return in -> new EdgeNGramTokenFilter(in, min, max, preserve);
            }),
            "length", filter(List.of("min", "max"), s -> {
                int min = s.getAsInt("min", 0);
                int max = s.getAsInt("max", Integer.MAX_VALUE);
                return in -> new LengthFilter(in, min, max);
            }),
            "lowercase", normalizing(List.of(), s -> LowerCaseFilter::new),
            "ngram", filter(List.of("min_gram", "max_gram", "preserve_original"), s -> {
                int min = s.getAsInt("min_gram", 1);
                int max = s.getAsInt("max_gram", 2);
                boolean preserve = s.getAsBoolean("preserve_original", false);
                return in -> new NGramTokenFilter(in, min, max, preserve);
            }),
            "pattern_replace", withMandatorySettings(
                normalizing(List.of("pattern", "flags", "replacement", "all"), s -> {
                    Pattern pattern = pattern(s);
                    String replacement = s.get("replacement", "");
                    boolean all = s.getAsBoolean("all", true);
                    return in -> new PatternReplaceFilter(in, pattern, replacement, all);
                })),
            "remove_duplicates", filter(List.of(), s -> RemoveDuplicatesTokenFilter::new),
            "trim", normalizing(List.of(), s -> TrimFilter::new),
            "truncate", withMandatorySettings(filter(List.of("length"), s -> {
                int length = Integer.parseInt(mandatory(s, "length"));
                return in -> new TruncateTokenFilter(in, length);
            })),
            "uppercase", normalizing(List.of(), s -> UpperCaseFilter::new));
    }

    @Override
    public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        return Map.of(
            "html_strip", charFilter(List.of("escaped_tags"), s -> {
                Set<String> escaped = new HashSet<>(s.getAsList("escaped_tags"));
                return in -> new HTMLStripCharFilter(in, escaped);
            }),
            "mapping", withMandatorySettings(charFilter(List.of("mappings"), s -> {
                NormalizeCharMap map = characterMap(s.getAsList("mappings"));
                return in -> new MappingCharFilter(map, in);
            })),
            "pattern_replace", withMandatorySettings(
                charFilter(List.of("pattern", "flags", "replacement"), s -> {
                    Pattern pattern = pattern(s);
                    String replacement = s.get("replacement", "");
                    return in -> new PatternReplaceCharFilter(pattern, replacement, in);
                })));
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of(
            "edge_ngram", tokenizer(List.of("min_gram", "max_gram"), s -> {
                int min = s.getAsInt("min_gram", 1);
                int max = s.getAsInt("max_gram", 2);
                return () -> new EdgeNGramTokenizer(min, max);
            }),
            "keyword", tokenizer(List.of(), s -> KeywordTokenizer::new),
            "letter", tokenizer(List.of(), s -> LetterTokenizer::new),
            "ngram", tokenizer(List.of("min_gram", "max_gram"), s -> {
                int min = s.getAsInt("min_gram", 1);
                int max = s.getAsInt("max_gram", 2);
                return () -> new NGramTokenizer(min, max);
            }),
            "pattern", tokenizer(List.of("pattern", "flags", "group"), s -> {
                Pattern pattern = Regex.compile(s.get("pattern", "\\W+"), s.get("flags"));
                int group = s.getAsInt("group", -1);
                return () -> new PatternTokenizer(pattern, group);
            }),
            "whitespace", tokenizer(List.of(), s -> WhitespaceTokenizer::new));
    }

    /** Those that an analyzer may name without defining them. */
    @Override
    public List<PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
        return List.of(
            PreConfiguredTokenFilter.singleton("asciifolding", true, ASCIIFoldingFilter::new),
            PreConfiguredTokenFilter.singleton(
                "remove_duplicates", false, RemoveDuplicatesTokenFilter::new),
            PreConfiguredTokenFilter.singleton("trim", true, TrimFilter::new),
            PreConfiguredTokenFilter.singleton("uppercase", true, UpperCaseFilter::new));
    }

    @Override
    public List<PreConfiguredCharFilter> getPreConfiguredCharFilters() {
        return List.of(
            PreConfiguredCharFilter.singleton("html_strip", false, HTMLStripCharFilter::new));
    }

    @Override
    public List<PreConfiguredTokenizer> getPreConfiguredTokenizers() {
        return List.of(
            PreConfiguredTokenizer.singleton("keyword", KeywordTokenizer::new),
            PreConfiguredTokenizer.singleton("letter", LetterTokenizer::new),
            PreConfiguredTokenizer.singleton("whitespace", WhitespaceTokenizer::new));
    }

    private static AnalysisProvider<TokenFilterFactory> filter(
            List<String> known, Function<Settings, UnaryOperator<TokenStream>> build) {
        return (index, environment, name, settings) -> {
            refuseUnknown(settings, name, known);
            UnaryOperator<TokenStream> wrap = build.apply(settings);
            return new AbstractTokenFilterFactory(name, settings) {
                @Override
                public TokenStream create(TokenStream in) {
                    return wrap.apply(in);
                }
            };
        };
    }

    /** A filter that keyword normalizers may use too, because it works letter by letter. */
    private static AnalysisProvider<TokenFilterFactory> normalizing(
            List<String> known, Function<Settings, UnaryOperator<TokenStream>> build) {
        return (index, environment, name, settings) -> {
            refuseUnknown(settings, name, known);
            return new NormalizingFilterFactory(name, settings, build.apply(settings));
        };
    }

    private static final class NormalizingFilterFactory extends AbstractTokenFilterFactory
            implements NormalizingTokenFilterFactory {
        private final UnaryOperator<TokenStream> wrap;

        NormalizingFilterFactory(
                String name, Settings settings, UnaryOperator<TokenStream> wrap) {
            super(name, settings);
            this.wrap = wrap;
        }

        @Override
        public TokenStream create(TokenStream in) {
            return wrap.apply(in);
        }
    }

    private static AnalysisProvider<CharFilterFactory> charFilter(
            List<String> known, Function<Settings, UnaryOperator<Reader>> build) {
        return (index, environment, name, settings) -> {
            refuseUnknown(settings, name, known);
            return new NormalizingReaderFactory(name, build.apply(settings));
        };
    }

    private static final class NormalizingReaderFactory extends AbstractCharFilterFactory
            implements NormalizingCharFilterFactory {
        private final UnaryOperator<Reader> wrap;

        NormalizingReaderFactory(String name, UnaryOperator<Reader> wrap) {
            super(name);
            this.wrap = wrap;
        }

        @Override
        public Reader create(Reader in) {
            return wrap.apply(in);
        }
    }

    private static AnalysisProvider<TokenizerFactory> tokenizer(
            List<String> known, Function<Settings, Supplier<Tokenizer>> build) {
        return (index, environment, name, settings) -> {
            refuseUnknown(settings, name, known);
            return TokenizerFactory.newFactory(name, build.apply(settings));
        };
    }

    /**
     * Elasticsearch builds every registered component once with empty settings when an index is
     * created; one with mandatory settings has to be left out of that.
     */
    private static <T> AnalysisProvider<T> withMandatorySettings(AnalysisProvider<T> provider) {
        return AnalysisPlugin.requiresAnalysisSettings(provider);
    }

    private static void refuseUnknown(Settings settings, String name, List<String> known) {
        for (String key : settings.names()) {
            if (!known.contains(key) && !COMMON_SETTINGS.contains(key)) {
                throw new IllegalArgumentException("setting [" + key + "] of [" + name
                    + "] is not supported by the local Elasticsearch; see AnalysisLitePlugin.java");
            }
        }
    }

    private static String mandatory(Settings settings, String key) {
        String value = settings.get(key);
        if (value == null) {
            throw new IllegalArgumentException("setting [" + key + "] is missing");
        }
        return value;
    }

    private static Pattern pattern(Settings settings) {
        return Regex.compile(mandatory(settings, "pattern"), settings.get("flags"));
    }

    /** Rules are "from => to", with the escapes of the official filter. */
    private static NormalizeCharMap characterMap(List<String> rules) {
        Pattern form = Pattern.compile("(.*)\\s*=>\\s*(.*)\\s*$");
        NormalizeCharMap.Builder map = new NormalizeCharMap.Builder();
        for (String rule : rules) {
            Matcher parts = form.matcher(rule);
            if (!parts.find()) {
                throw new IllegalArgumentException("invalid mapping rule: [" + rule + "]");
            }
            map.add(unescape(parts.group(1).trim()), unescape(parts.group(2).trim()));
        }
        return map.build();
    }

    private static String unescape(String text) {
        return Pattern.compile("\\\\(u([0-9a-fA-F]{4})|.)").matcher(text).replaceAll(found -> {
            String escaped = found.group(1);
            String character = found.group(2) != null
                ? String.valueOf((char) Integer.parseInt(found.group(2), 16))
                : switch (escaped) {
                    case "n" -> "\n";
                    case "t" -> "\t";
                    case "r" -> "\r";
                    case "b" -> "\b";
                    case "f" -> "\f";
                    default -> escaped;
                };
            return Matcher.quoteReplacement(character);
        });
    }

    /** Answers GET and HEAD on "/", which clients use for info and ping. */
    @Override
    public Collection<RestHandler> getRestHandlers(
            Settings settings,
            NamedWriteableRegistry namedWriteables,
            RestController controller,
            ClusterSettings clusterSettings,
            IndexScopedSettings indexSettings,
            SettingsFilter settingsFilter,
            IndexNameExpressionResolver resolver,
            Supplier<DiscoveryNodes> nodes,
            Predicate<NodeFeature> features) {
        return List.of(new RestHandler() {
            @Override
            public List<Route> routes() {
                return List.of(
                    new Route(RestRequest.Method.GET, "/"),
                    new Route(RestRequest.Method.HEAD, "/"));
            }

            @Override
            public void handleRequest(RestRequest request, RestChannel channel, NodeClient client)
                    throws Exception {
                Build build = Build.current();
                var answer = channel.newBuilder()
                    .startObject()
                    .field("name", settings.get("node.name"))
                    .field("cluster_name", clusterService.getClusterName().value())
                    .field("cluster_uuid", clusterService.state().metadata().clusterUUID())
                    .startObject("version")
                    .field("number", build.qualifiedVersion())
                    .field("build_flavor", "default")
                    .field("build_type", build.type().displayName())
                    .field("build_hash", build.hash())
                    .field("build_date", build.date())
                    .field("build_snapshot", build.isSnapshot())
                    .field("lucene_version", Version.LATEST.toString())
                    .field("minimum_wire_compatibility_version", build.minWireCompatVersion())
                    .field("minimum_index_compatibility_version", build.minIndexCompatVersion())
                    .endObject()
                    .field("tagline", "You Know, for Search")
                    .endObject();
                channel.sendResponse(new RestResponse(RestStatus.OK, answer));
            }
        });
    }
}
