package io.github.hanllama.core.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.testdata.TestData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZipSourceTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", "chinese-alpaca-lora-7b/", "a/b/"})
    void model_opensFromTheArchive_andNothingStays(String root) throws IOException {
        Path archive = zip("model.zip", true, root, TestData.path("synthetic/base/hf_bin_2shard"));
        List<Path> before = left();
        ModelFiles files = resolve(ModelSources.path(archive));
        Path unpacked = files.path("config.json").getParent();
        assertThat(left()).hasSize(1);
        try (Checkpoint checkpoint = Checkpoints.open(files)) {
            assertThat(checkpoint.tensors()).hasSize(21);
            assertThat(checkpoint.origin()).isEqualTo(archive.toString());
            assertThat(unpacked.getFileName()).isEqualTo(archive.getFileName()); // what manifests show
        }
        assertThat(unpacked).doesNotExist();
        assertThat(unpacked.getParent()).doesNotExist();
        assertThat(left()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void adapter_isTheSameAsItsFolder(boolean deflated) throws IOException {
        Path adapter = TestData.path("synthetic/lora_a");
        Path archive = zip("lora.zip", deflated, "", adapter);
        FileRanges headers = ModelSources.path(archive).headers();
        assertThat(headers.names())
                .containsExactly(
                        "adapter_config.json", "adapter_model.bin", "adapter_model.safetensors", "tokenizer.model");
        assertThat(headers.size("tokenizer.model")).isEqualTo(9181);
        byte[] config = Files.readAllBytes(adapter.resolve("adapter_config.json"));
        assertThat(headers.read("adapter_config.json", 3, 10)).isEqualTo(Arrays.copyOfRange(config, 3, 13));
        assertThatThrownBy(() -> headers.read("adapter_config.json", config.length - 1, 2))
                .isInstanceOf(ModelFormatException.class);
        try (ModelFiles files = resolve(ModelSources.zip(archive))) {
            for (String name : headers.names()) {
                assertThat(files.path(name)).hasSameBinaryContentAs(adapter.resolve(name));
            }
            assertThatThrownBy(() -> files.path("nothing")).isInstanceOf(ModelNotFoundException.class);
        }
    }

    @Test
    void hash_isRequired() throws Exception {
        Path archive = zip("lora.zip", true, "", TestData.path("synthetic/lora_b"));
        String hash = HexFormat.of()
                .withUpperCase()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(archive)));
        resolve(ModelSources.zip(archive).sha256(hash)).close();
        refused(
                ModelFormatException.class,
                ModelSources.zip(archive).sha256("0".repeat(64)),
                "expected SHA-256 0000",
                "found " + hash.toLowerCase(Locale.ROOT));
        assertThatThrownBy(() -> ModelSources.zip(archive).sha256("abc")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatSystemsLeave_isNotTheModel() throws IOException {
        Path archive = archive("mac.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            add(zip, "README.md", "# read me");
            add(zip, "lora/adapter_config.json", "{}");
            add(zip, "lora/.DS_Store", "x");
            add(zip, "__MACOSX/lora/._adapter_config.json", "x");
            add(zip, "lora/checkpoint-10/adapter_config.json", "{}");
        }
        assertThat(ModelSources.path(archive).headers().names()).containsExactly("adapter_config.json");
    }

    @Test
    void twoModels_areRefused() throws IOException {
        Path archive = archive("two.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            add(zip, "7b/config.json", "{}");
            add(zip, "13b/config.json", "{}");
        }
        refused(ModelFormatException.class, ModelSources.path(archive), "found the folders 13b/ and 7b/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../config.json", "/etc/passwd", "a/../../x", "a\\b", "C:x", "a//b", "x\u0007"})
    void namesThatLeave(String name) throws IOException {
        Path archive = archive("hostile.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            add(zip, "config.json", "{}");
            add(zip, name, "x");
        }
        refused(ModelFormatException.class, ModelSources.path(archive), "expected names inside the archive");
    }

    @Test
    void sameNameTwice() throws IOException {
        Path archive = archive("twice.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            add(zip, "config.json", "{}");
            add(zip, "Config.json", "{}"); // one file where case does not count
        }
        refused(ModelFormatException.class, ModelSources.path(archive), "expected one entry named", "found two");
    }

    @Test
    void bomb() throws IOException {
        Path archive = archive("bomb.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            zip.setLevel(9);
            zip.putNextEntry(new ZipEntry("adapter_model.bin"));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 64; i++) {
                zip.write(zeros);
            }
            zip.closeEntry();
        }
        refused(ModelFormatException.class, ModelSources.path(archive), "expected at most 200 times its");
    }

    @Test
    void sizesThatLie_andBytesThatChanged() throws IOException {
        Path archive = zip("lora.zip", false, "", TestData.path("synthetic/lora_b"));
        byte[] sound = Files.readAllBytes(archive);
        byte[] flipped = sound.clone();
        flipped[sound.length / 2] ^= 1;
        Files.write(archive, flipped);
        refused(ModelFormatException.class, ModelSources.path(archive), "expected checksum");
        Path small = zip("small.zip", true, "", TestData.path("synthetic/lora_b"));
        byte[] lying = Files.readAllBytes(small);
        int directory = directory(lying);
        lying[directory + 24] += 1; // the uncompressed size of the first entry
        Files.write(small, lying);
        refused(ModelFormatException.class, ModelSources.path(small), "bytes when unpacked, found");
    }

    @Test
    void overlappingEntries() throws IOException {
        Path archive = archive("overlap.zip");
        Files.write(archive, overlapping(100));
        refused(ModelFormatException.class, ModelSources.path(archive), "do they overlap?");
    }

    @Test
    void cutShort_orNoArchive() throws IOException {
        Path archive = zip("lora.zip", true, "", TestData.path("synthetic/lora_b"));
        byte[] sound = Files.readAllBytes(archive);
        Files.write(archive, Arrays.copyOf(sound, sound.length - 100));
        refused(ModelFormatException.class, ModelSources.path(archive), "is the download complete?");
        Files.writeString(archive, "<html>");
        refused(ModelFormatException.class, ModelSources.path(archive), "expected a zip archive");
        refused(ModelNotFoundException.class, ModelSources.zip(archive("no.zip")), "no such archive");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            zip.putNextEntry(new ZipEntry("empty/"));
            zip.closeEntry();
        }
        refused(ModelFormatException.class, ModelSources.path(archive), "found none");
    }

    @Test
    void cancelled_leavesNothing() throws IOException {
        Path archive = zip("lora.zip", true, "", TestData.path("synthetic/lora_b"));
        List<Path> before = left();
        Cancellation cancellation = new Cancellation();
        assertThatThrownBy(() -> ModelSources.path(archive).resolve(progress -> cancellation.cancel(), cancellation))
                .isInstanceOf(CancellationException.class);
        assertThat(left()).isEqualTo(before);
    }

    private void refused(Class<? extends LlamaException> kind, ModelSource source, String... message)
            throws IOException {
        List<Path> before = left();
        assertThatThrownBy(() -> resolve(source)).isExactlyInstanceOf(kind).satisfies(e -> assertThat(e.getMessage())
                .startsWith(folder.toString())
                .contains(message)
                .doesNotContainPattern("[\\x00-\\x1f]"));
        assertThat(left()).isEqualTo(before);
        assertThat(folder.resolve("config.json")).doesNotExist();
    }

    private static ModelFiles resolve(ModelSource source) {
        return source.resolve(ProgressListener.NONE, new Cancellation());
    }

    private Path zip(String name, boolean deflated, String root, Path content) throws IOException {
        Path archive = archive(name);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive));
                Stream<Path> files = Files.list(content)) {
            for (Path file : files.sorted().toList()) {
                byte[] bytes = Files.readAllBytes(file);
                ZipEntry entry = new ZipEntry(root + file.getFileName());
                if (!deflated) {
                    CRC32 crc = new CRC32();
                    crc.update(bytes);
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(bytes.length);
                    entry.setCrc(crc.getValue());
                }
                zip.putNextEntry(entry);
                zip.write(bytes);
                zip.closeEntry();
            }
        }
        return archive;
    }

    private static void add(ZipOutputStream zip, String name, String text) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(text.getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
    }

    /** Many entries in the directory over the data of one. */
    private static byte[] overlapping(int copies) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("file-000"));
            byte[] noise = new byte[20_000];
            new Random(1).nextBytes(noise);
            zip.write(noise);
            zip.closeEntry();
        }
        byte[] one = out.toByteArray();
        int directory = directory(one);
        int record = one.length - 22 - directory;
        ByteBuffer many = ByteBuffer.allocate(directory + copies * record + 22).order(ByteOrder.LITTLE_ENDIAN);
        many.put(one, 0, directory);
        for (int i = 0; i < copies; i++) {
            int at = many.position();
            many.put(one, directory, record);
            many.put(at + 46, "file-%03d".formatted(i).getBytes(StandardCharsets.US_ASCII));
        }
        many.put(one, one.length - 22, 22);
        many.putShort(many.limit() - 14, (short) copies).putShort(many.limit() - 12, (short) copies);
        return many.putInt(many.limit() - 10, copies * record).array();
    }

    private static int directory(byte[] zip) {
        return ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).getInt(zip.length - 6);
    }

    private Path archive(String name) {
        return folder.resolve(folder.getFileName() + "-" + name);
    }

    /** What is unpacked of this test's archives at the moment. */
    private List<Path> left() throws IOException {
        List<Path> left = new ArrayList<>();
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            for (Path path : all.filter(each -> each.getFileName().toString().startsWith("hanllama-"))
                    .toList()) {
                String[] names = path.toFile().list();
                if (names != null
                        && Arrays.stream(names).anyMatch(name -> name.startsWith(folder.getFileName() + "-"))) {
                    left.add(path);
                }
            }
        }
        return left;
    }
}
