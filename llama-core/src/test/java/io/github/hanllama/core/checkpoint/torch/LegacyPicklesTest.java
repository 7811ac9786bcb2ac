package io.github.hanllama.core.checkpoint.torch;

import static io.github.hanllama.core.checkpoint.torch.PickleBytes.protocol2;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.malformed;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.read;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.unsupported;
import static io.github.hanllama.core.checkpoint.torch.ZipBytes.patch;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows LT1 to LT8 of the table of bad input: the formats before zip. */
class LegacyPicklesTest {
    private static final PickleBytes MAGIC = protocol2()
            .code(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)
            .op(".");
    private static final PickleBytes PROTOCOL = protocol2().integer(1001).op(".");
    private static final PickleBytes MACHINE =
            protocol2().op("}").text("little_endian").code(0x88).op("s.");

    private PickleBytes magic = MAGIC;
    private PickleBytes protocol = PROTOCOL;
    private PickleBytes machine = MACHINE;
    private PickleBytes storage = PickleBytes.legacyStorage("FloatStorage", "k0", 4);
    private PickleBytes keys = protocol2().op("](").text("k0").op("e.");
    private long elements = 4;
    private int dataBytes = 16;
    private boolean hasStorage = true;

    private byte[] file() {
        PickleBytes tensor = PickleBytes.tensor(storage, 0, new long[] {2, 2}, new long[] {2, 1});
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(magic.build());
        file.writeBytes(protocol.build());
        file.writeBytes(machine.build());
        file.writeBytes(PickleBytes.oneTensor("w", tensor));
        file.writeBytes(keys.build());
        if (hasStorage) {
            ByteBuffer data = ByteBuffer.allocate(8 + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
            file.writeBytes(data.putLong(elements).array());
        }
        return file.toByteArray();
    }

    @Test
    void read_soundFile() {
        byte[] file = file();
        assertThat(read(file)).singleElement().satisfies(view -> {
            assertThat(view.shape()).isEqualTo(List.of(2L, 2L));
            assertThat(view.offset()).isEqualTo(file.length - 16);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"sys_info", "../../etc/passwd", "/etc/passwd"})
    void lt1_lt2_lt3_tar(String member) {
        byte[] tar = new byte[10240];
        byte[] name = member.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(name, 0, tar, 0, name.length);
        System.arraycopy("00000000013".getBytes(StandardCharsets.US_ASCII), 0, tar, 124, 11);
        System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
        unsupported(
                tar,
                "found a tar archive, which PyTorch wrote before 0.1.10 and which is not unpacked; load and save it with"
                        + " PyTorch");
        unsupported(patch(tar, 124, 'g', 'a', 'r', 'b', 'a', 'g', 'e'), "found a tar archive");
        unsupported(patch(tar, 124, 0x80, 255, 255, 255), "found a tar archive"); // base 256
    }

    @Test
    void lt4_magicIsWrong() {
        magic = protocol2()
                .code(0x8a, 10, 0x6d, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)
                .op(".");
        malformed(file(), "expected the magic number 0x1950a86a20f9469cfc6c of PyTorch, found an integer of 77 bits");
        magic = protocol2().op("}.");
        malformed(file(), "byte 3 (STOP): expected the magic number", "found a table of 0");
    }

    @Test
    void lt5_protocolIsWrong() {
        protocol = protocol2().integer(1000).op(".");
        malformed(file(), "byte 22 (STOP): expected protocol version 1001, found the integer 1000");
    }

    @Test
    void lt5_bigEndian() {
        machine = protocol2().op("}").text("little_endian").code(0x89).op("s.");
        unsupported(file(), "expected little_endian True in sys_info");
        machine = protocol2().op("}.");
        unsupported(file(), "expected little_endian True in sys_info");
    }

    @Test
    void lt6_moreKeysThanStorages() {
        keys = protocol2().op("](").text("k0").text("k1").op("e.");
        malformed(file(), "(STOP): expected keys of storages that tensors use, found 'k1'");
        keys = protocol2().op("](").text("k0").text("k0").op("e.");
        malformed(file(), "expected storage k0, found the end; is the download complete?");
        dataBytes = 16 + 8 + 16;
        byte[] twice = file();
        malformed(patch(twice, twice.length - 24, 4), "expected each storage once, found k0 twice");
    }

    @Test
    void lt6_fewerKeysThanStorages() {
        keys = protocol2().op("].");
        hasStorage = false;
        malformed(file(), "w: expected its data in storage k0, found no such storage in the list of keys");
    }

    @Test
    void lt6_keysAreNoListOfText() {
        keys = protocol2().op("}.");
        malformed(file(), "expected a list of the keys of storages, found a table of 0");
        keys = protocol2().op("](NNe.");
        malformed(file(), "expected the key of a storage, found None");
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 5, -1, Long.MAX_VALUE})
    void lt6_numberOfElementsDisagrees(long found) {
        elements = found;
        malformed(file(), "expected storage k0 of 4 elements, found " + found);
    }

    @Test
    void lt7_viewOfAStorage() {
        storage = new PickleBytes()
                .op("(")
                .text("storage")
                .global("torch", "FloatStorage")
                .text("k0")
                .text("cpu")
                .integer(4)
                .op("(")
                .text("k1")
                .integer(0)
                .integer(4)
                .op("ttQ");
        unsupported(file(), "(BINPERSID): expected a whole storage, found a view of another");
    }

    @Test
    void lt7_idWithoutTheSixthField() {
        storage = PickleBytes.storage("FloatStorage", "k0", 4);
        malformed(file(), "expected a storage as a tuple of 6, found a tuple of 5");
    }

    @Test
    void lt8_truncated() {
        byte[] file = file();
        malformed(
                Arrays.copyOf(file, file.length - 1),
                "expected 4 F32 of storage k0, found 15 bytes; is the download complete?");
        for (int length = 2; length < file.length; length++) {
            malformed(Arrays.copyOf(file, length), "expected");
        }
    }

    @Test
    void lt8_somethingFollows() {
        dataBytes = 19;
        malformed(file(), "expected the end after the last storage, found 3 more bytes");
    }
}
