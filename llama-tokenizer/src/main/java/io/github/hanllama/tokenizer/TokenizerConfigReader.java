package io.github.hanllama.tokenizer;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Collects a {@link TokenizerConfig} from the files of one folder; what the first file says stays. */
final class TokenizerConfigReader {
    private static final int MAX_TEMPLATE = JsonReader.MAX_STRING;

    private @Nullable Boolean addBos;
    private @Nullable Boolean addEos;
    private @Nullable Boolean legacy;
    private @Nullable Boolean addPrefixSpace;
    private @Nullable String bosToken;
    private @Nullable String eosToken;
    private @Nullable String unkToken;
    private @Nullable String padToken;
    private final List<String> additional = new ArrayList<>();
    private final Map<Integer, AddedToken> added = new TreeMap<>();
    private final Set<String> addedTexts = new HashSet<>();
    private final Map<String, String> templates = new TreeMap<>();

    static TokenizerConfig read(Path folder) {
        TokenizerConfigReader reader = new TokenizerConfigReader();
        reader.readIfPresent(folder.resolve("tokenizer_config.json"), reader::config);
        reader.readIfPresent(folder.resolve("special_tokens_map.json"), reader::config);
        reader.readIfPresent(folder.resolve("added_tokens.json"), reader::addedTokens);
        reader.readTemplate(folder.resolve("chat_template.jinja"));
        return reader.toConfig();
    }

    TokenizerConfig toConfig() {
        return new TokenizerConfig(
                Optional.ofNullable(addBos),
                Optional.ofNullable(addEos),
                Optional.ofNullable(bosToken),
                Optional.ofNullable(eosToken),
                Optional.ofNullable(unkToken),
                Optional.ofNullable(padToken),
                additional,
                List.copyOf(added.values()),
                legacy == null || legacy,
                Optional.ofNullable(addPrefixSpace),
                templates);
    }

    private interface Section {
        void read(JsonReader in) throws IOException;
    }

    private void readIfPresent(Path file, Section section) {
        if (Files.exists(file)) {
            JsonReader.read(file, in -> {
                section.read(in);
                return file;
            });
        }
    }

    /** Both {@code tokenizer_config.json} and {@code special_tokens_map.json}: the second has a subset of the keys. */
    private void config(JsonReader in) throws IOException {
        for (String key = in.nextKey(); key != null; key = in.nextKey()) {
            switch (key) {
                case "add_bos_token" -> addBos = flag(in, addBos);
                case "add_eos_token" -> addEos = flag(in, addEos);
                case "legacy" -> legacy = flag(in, legacy);
                case "add_prefix_space" -> addPrefixSpace = flag(in, addPrefixSpace);
                case "bos_token" -> bosToken = token(in, bosToken);
                case "eos_token" -> eosToken = token(in, eosToken);
                case "unk_token" -> unkToken = token(in, unkToken);
                case "pad_token" -> padToken = token(in, padToken);
                case "additional_special_tokens" -> additionalSpecialTokens(in);
                case "added_tokens_decoder" -> addedTokensDecoder(in);
                case "chat_template" -> chatTemplate(in);
                default -> in.skip();
            }
        }
    }

    private static @Nullable Boolean flag(JsonReader in, @Nullable Boolean known) {
        if (in.isNull()) {
            return known;
        }
        Boolean value = in.bool();
        return known == null ? value : known;
    }

    private static @Nullable String token(JsonReader in, @Nullable String known) throws IOException {
        if (in.isNull()) {
            return known;
        }
        String content = content(in);
        return known == null ? content : known;
    }

    /** A token written as a string or as {@code {"content": …}}. */
    private static String content(JsonReader in) throws IOException {
        return in.isObject() ? addedToken(in, 0).content() : in.string();
    }

    private void additionalSpecialTokens(JsonReader in) throws IOException {
        if (in.isNull()) {
            return;
        }
        in.enterArray();
        while (in.nextElement()) {
            String content = content(in);
            if (!additional.contains(content)) {
                additional.add(content);
            }
        }
    }

    private void addedTokensDecoder(JsonReader in) throws IOException {
        in.enterObject();
        for (String key = in.nextKey(); key != null; key = in.nextKey()) {
            add(in, addedToken(in, id(in, key)));
        }
    }

    private static int id(JsonReader in, String key) {
        if (!key.matches("[0-9]{1,9}")) {
            throw in.failure("expected an id as key of an added token, found '" + Text.shorten(key) + "'");
        }
        return Integer.parseInt(key);
    }

    private static AddedToken addedToken(JsonReader in, int id) throws IOException {
        in.enterObject();
        String content = "";
        boolean special = false;
        boolean lstrip = false;
        boolean rstrip = false;
        boolean singleWord = false;
        boolean normalized = false;
        for (String key = in.nextKey(); key != null; key = in.nextKey()) {
            switch (key) {
                case "content" -> content = in.string();
                case "special" -> special = in.bool();
                case "lstrip" -> lstrip = in.bool();
                case "rstrip" -> rstrip = in.bool();
                case "single_word" -> singleWord = in.bool();
                case "normalized" -> normalized = in.bool();
                default -> in.skip();
            }
        }
        if (content.isEmpty()) {
            throw in.failure("expected a token with some content, found none");
        }
        return new AddedToken(content, id, special, lstrip, rstrip, singleWord, normalized);
    }

    /** The older file: text to id, without flags. Such tokens count as special, so that plain text cannot forge them. */
    private void addedTokens(JsonReader in) throws IOException {
        for (String key = in.nextKey(); key != null; key = in.nextKey()) {
            int id = in.integer();
            if (key.isEmpty() || id < 0) {
                throw in.failure("expected an added token with some text and an id >= 0, found '" + Text.shorten(key)
                        + "': " + id);
            }
            if (!added.containsKey(id) && !addedTexts.contains(key)) {
                add(in, AddedToken.special(key, id));
            }
        }
    }

    private void add(JsonReader in, AddedToken token) {
        if (added.putIfAbsent(token.id(), token) != null || !addedTexts.add(token.content())) {
            throw in.failure("expected added tokens with different texts and ids, found '"
                    + Text.shorten(token.content()) + "' with id " + token.id() + " twice");
        }
    }

    /** One template, or a list of {@code {"name": …, "template": …}}. */
    private void chatTemplate(JsonReader in) throws IOException {
        if (in.isString()) {
            templates.put("default", in.string());
        } else if (!in.isNull()) {
            in.enterArray();
            while (in.nextElement()) {
                namedTemplate(in);
            }
        }
    }

    private void namedTemplate(JsonReader in) throws IOException {
        in.enterObject();
        String name = "";
        String template = "";
        for (String key = in.nextKey(); key != null; key = in.nextKey()) {
            switch (key) {
                case "name" -> name = in.string();
                case "template" -> template = in.string();
                default -> in.skip();
            }
        }
        if (name.isEmpty() || templates.putIfAbsent(name, template) != null) {
            throw in.failure("expected chat templates with different names, found '" + Text.shorten(name) + "'");
        }
    }

    private void readTemplate(Path file) {
        if (!Files.exists(file)) {
            return;
        }
        try {
            if (Files.size(file) > MAX_TEMPLATE) {
                throw new TokenizerException(file.getFileName() + ": expected at most " + MAX_TEMPLATE
                        + " bytes, found " + Files.size(file));
            }
            templates.put("default", Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new TokenizerException(file.getFileName() + ": expected UTF-8, found other bytes", e);
        } catch (IOException e) {
            throw new TokenizerException("cannot read " + file.getFileName() + ": " + e, e);
        }
    }
}
