package io.github.hanllama.core.checkpoint.torch;

import static io.github.hanllama.core.checkpoint.torch.TorchBytes.archive;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.malformed;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.read;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.unsupported;
import static io.github.hanllama.core.checkpoint.torch.ZipBytes.patch;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows TZ1, TZ5, TZ8 to TZ10, TZ18 and TZ20 of the table of bad input: which parts an archive has. */
class TorchArchiveTest {
    @ParameterizedTest
    @CsvSource({
        "'', an empty file; is the download complete?",
        "'version https://git-lfs.github.com/spec/v1', 'a Git LFS pointer, not the file itself; fetch it with git lfs'",
        "'<!DOCTYPE html><p>404', an HTML page; the download was refused or redirected",
        "' <html>', an HTML page",
        "'GGUF', a file of another format",
        "'\u0080', a file of another format",
        "'\u0080\u0006', a file of another format"
    })
    void tz1_notATorchFile(String text, String message) {
        malformed(
                text.getBytes(StandardCharsets.ISO_8859_1),
                "expected a PyTorch file (zip or pickle), found " + message);
    }

    @Test
    void tz5_tensorDataIsDeflated() {
        ZipBytes zip = archive();
        zip.entry("archive/data/0").deflated();
        unsupported(zip.build(), "w: expected its data stored as it is in archive/data/0, found it compressed");
    }

    @Test
    void tz5_pickleIsDeflated_isRead() {
        ZipBytes zip = archive();
        zip.entry("archive/data.pkl").deflated();
        assertThat(read(zip.build())).hasSize(1);
    }

    @Test
    void tz5_pickleInflatesTooMuch() {
        ZipBytes zip = new ZipBytes();
        zip.add("archive/data.pkl", new byte[1 << 20]).deflated();
        malformed(zip.build(), "archive/data.pkl: expected at most 100 times its stored size of ", "found 1048576");
    }

    @Test
    void tz5_pickleIsTooLarge() {
        ZipBytes zip = archive();
        ZipBytes.Entry pickle = zip.entry("archive/data.pkl");
        pickle.deflated();
        pickle.size = (256 << 20) + 1;
        malformed(zip.build(), "archive/data.pkl: expected at most 268435456 bytes, found 268435457");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1})
    void tz5_pickleInflatesToAnotherSize(int difference) {
        ZipBytes zip = archive();
        ZipBytes.Entry pickle = zip.entry("archive/data.pkl");
        pickle.deflated();
        int size = pickle.size;
        pickle.size += difference;
        malformed(zip.build(), "archive/data.pkl: expected " + (size + difference) + " bytes when unpacked, found ");
    }

    @Test
    void tz5_deflatedDataIsGarbageOrCut() {
        ZipBytes zip = archive();
        ZipBytes.Entry pickle = zip.entry("archive/data.pkl").deflated();
        byte[] sound = pickle.stored;
        pickle.stored = patch(sound, 0, 255, 255, 255);
        malformed(zip.build(), "archive/data.pkl: expected deflated data, found other bytes");
        pickle.stored = Arrays.copyOf(sound, sound.length - 3);
        malformed(zip.build(), "bytes when unpacked, found no end after ");
        pickle.stored = Arrays.copyOf(sound, sound.length + 3);
        malformed(zip.build(), "bytes when unpacked, found ");
    }

    @Test
    void tz8_noPickle() {
        ZipBytes zip = new ZipBytes();
        zip.add("model/config.json", new byte[2]);
        zip.add("model/deep/data.pkl", new byte[2]);
        unsupported(
                zip.build(), "expected an archive of PyTorch with a data.pkl, found a zip archive of 2 other files");
    }

    @ParameterizedTest
    @ValueSource(strings = {"other/data.pkl", "other/x", "readme"})
    void tz8_twoRoots(String name) {
        ZipBytes zip = archive();
        zip.add(name, new byte[0]);
        malformed(zip.build(), "expected one folder archive/, found " + name + " outside of it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"constants.pkl", "code/__torch__.py"})
    void tz9_torchScript(String name) {
        ZipBytes zip = archive();
        zip.add("archive/" + name, new byte[0]);
        unsupported(zip.build(), "is TorchScript, not a state dict");
    }

    @Test
    void tz10_littleEndian_isRead() {
        ZipBytes zip = archive();
        zip.add("archive/byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        assertThat(read(zip.build())).hasSize(1);
    }

    @Test
    void tz10_bigEndian() {
        ZipBytes zip = archive();
        zip.add("archive/byteorder", "big".getBytes(StandardCharsets.US_ASCII));
        unsupported(zip.build(), "expected little-endian data, found byteorder big");
    }

    @Test
    void tz10_byteOrderIsUnknownOrLong() {
        ZipBytes zip = archive();
        zip.add("archive/byteorder", "middle".getBytes(StandardCharsets.US_ASCII));
        malformed(zip.build(), "expected byteorder little, found 'middle'");
        ZipBytes longer = archive();
        longer.add("archive/byteorder", new byte[17]);
        malformed(longer.build(), "archive/byteorder: expected at most 16 bytes, found 17");
    }

    @Test
    void tz18_storageIsMissing() {
        byte[] pickle = PickleBytes.oneTensor(
                "w",
                PickleBytes.tensor(PickleBytes.storage("FloatStorage", "7", 4), 0, new long[] {4}, new long[] {1}));
        malformed(archive(pickle).build(), "w: expected its data in archive/data/7, found no such entry");
    }

    @ParameterizedTest
    @CsvSource({
        "FloatStorage, 5, 20",
        "HalfStorage, 4, 8",
        "DoubleStorage, 4, 32",
        "FloatStorage, 4000000000, 16000000000"
    })
    void tz20_storageHasAnotherSize(String type, long elements, long bytes) {
        byte[] pickle =
                PickleBytes.oneTensor("w", PickleBytes.tensor(type, elements, 0, new long[] {4}, new long[] {1}));
        malformed(
                archive(pickle).build(), "w: expected " + bytes + " bytes (" + elements, "in archive/data/0, found 16");
    }
}
