package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.testdata.TestData;
import io.github.hanllama.tokenizer.Tokenizer;
import io.github.hanllama.tokenizer.Tokenizers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * Any text to ids and back, and any ids to text. The first byte chooses a tokenizer and how the rest is read: as UTF-8, as
 * UTF-16, where surrogates may stand alone, or as ids.
 */
final class TextTarget implements FuzzTarget {
    private static final int TEXT_FORMS = 3;

    private final List<Tokenizer> tokenizers = Stream.of(
                    "synthetic/tokenizers/tok512.model",
                    "synthetic/tokenizers/merged641_pad.model",
                    "tokenizer_json/byte_level.json",
                    "tokenizer_json/gpt2.json",
                    "tokenizer_json/metaspace.json",
                    "tokenizer_json/normalized.json")
            .map(TestData::path)
            .map(Tokenizers::load)
            .toList();
    /** The others know neither every byte nor every character. */
    private final List<Tokenizer> lossless = tokenizers.subList(0, 3);

    @Override
    public void run(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int choice = Byte.toUnsignedInt(input[0]);
        Tokenizer tokenizer = tokenizers.get(choice % tokenizers.size());
        switch (choice / tokenizers.size() % TEXT_FORMS) {
            case 0 -> text(tokenizer, new String(input, 1, input.length - 1, StandardCharsets.UTF_8));
            case 1 -> text(tokenizer, utf16(input));
            default -> ids(tokenizer, input);
        }
    }

    private static String utf16(byte[] input) {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i + 1 < input.length; i += 2) {
            text.append((char) (Byte.toUnsignedInt(input[i]) << 8 | Byte.toUnsignedInt(input[i + 1])));
        }
        return text.toString();
    }

    private void text(Tokenizer tokenizer, String text) {
        int[] ids = TokenizerUse.encode(tokenizer, text);
        if (lossless.contains(tokenizer) && !text.contains("\u2581")) { // which means a space
            String wellFormed = new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
            assertThat(tokenizer.decode(ids)).isEqualTo(wellFormed);
        }
    }

    private static void ids(Tokenizer tokenizer, byte[] input) {
        int[] ids = new int[(input.length - 1) / 2];
        for (int i = 0; i < ids.length; i++) {
            int value = Byte.toUnsignedInt(input[1 + 2 * i]) << 8 | Byte.toUnsignedInt(input[2 + 2 * i]);
            ids[i] = value % tokenizer.vocabularySize();
        }
        TokenizerUse.decode(tokenizer, ids);
    }

    @Override
    public void seeds(Seeds seeds) {
        List<String> texts = List.of(
                "Hello, world! </s><s>[INST] 12345 67890",
                "\u767d\u65e5\u4f9d\u5c71\u5c3d\uff0c\u9ec4\u6cb3\u5165\u6d77\u6d41\u3002",
                "\ud83d\ude00\ud83d\udc68\u200d\ud83d\udc69 e\u0301\u0301 \u2581<0x0A><unk>\r\n\t  x",
                "It's we'll I'M don't 'S  \u00a0\u2003 \ud55c\uad6d\uc5b4 \u05e9\u05dc\u05d5\u05dd");
        for (int choice = 0; choice < tokenizers.size() * TEXT_FORMS; choice++) {
            boolean utf8 = choice / tokenizers.size() == 0;
            for (String text : texts) {
                byte[] bytes = text.getBytes(utf8 ? StandardCharsets.UTF_8 : StandardCharsets.UTF_16BE);
                byte[] seed = new byte[bytes.length + 1];
                seed[0] = (byte) choice;
                System.arraycopy(bytes, 0, seed, 1, bytes.length);
                seeds.add("text " + choice + " " + texts.indexOf(text), seed);
            }
        }
    }

    @Override
    public int maxLength() {
        return 1024;
    }
}
