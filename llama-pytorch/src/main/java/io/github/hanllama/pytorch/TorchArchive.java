package io.github.hanllama.pytorch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript archive with the text of one stateless module: a zip of stored entries, as {@code torch.jit.save} writes it,
 * without weights.
 */
final class TorchArchive {
    private static final String HEADER = """
            class %s(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
            """;
    private static final byte[] NO_CONSTANTS = {(byte) 0x80, 2, ')', '.'}; // pickle of ()
    private static final byte[] FORMAT = "10\n".getBytes(StandardCharsets.US_ASCII);

    private TorchArchive() {}

    /** @param methods of the class, each indented by two */
    static byte[] of(String className, String methods) {
        String text = HEADER.formatted(className) + methods;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            put(zip, "m/data.pkl", pickle(className));
            put(zip, "m/code/__torch__.py", text.getBytes(StandardCharsets.UTF_8));
            put(zip, "m/constants.pkl", NO_CONSTANTS);
            put(zip, "m/version", FORMAT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** An object of the class with {@code training = False} and no other attribute. */
    private static byte[] pickle(String className) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x80, 2});
        ascii(out, "c__torch__\n" + className + "\n)"); // global, ()
        out.write(0x81); // new object
        ascii(out, "}(X"); // its state: a dictionary with one entry
        ascii(out, "\b\0\0\0training");
        out.write(0x89); // false
        ascii(out, "ub.");
        return out.toByteArray();
    }

    private static void ascii(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCompressedSize(bytes.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }
}
