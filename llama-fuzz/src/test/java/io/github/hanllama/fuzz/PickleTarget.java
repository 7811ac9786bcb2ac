package io.github.hanllama.fuzz;

import io.github.hanllama.core.checkpoint.TorchFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** The pickle of a PyTorch archive alone: the input becomes {@code data.pkl} of a sound archive with four storages. */
final class PickleTarget implements FuzzTarget {
    private static final int[] STORAGE_BYTES = {24, 4, 4, 16};

    private final Scratch scratch = Scratch.create();

    @Override
    public void run(byte[] input) throws IOException {
        try (TorchFile file = TorchFile.open(scratch.write("model.bin", archive(input)))) {
            WeightUse.all(file);
        }
    }

    private static byte[] archive(byte[] pickle) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(pickle.length + 2048);
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "archive/data.pkl", pickle);
            for (int i = 0; i < STORAGE_BYTES.length; i++) {
                store(zip, "archive/data/" + i, new byte[STORAGE_BYTES[i]]);
            }
        }
        return bytes.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    /** The pickles of the archives that the whole-file target starts from. */
    @Override
    public void seeds(Seeds seeds) {
        Seeds.of("torch_zip", TorchTarget.zip()).forEach((name, archive) -> pickle(seeds, name, archive));
    }

    private void pickle(Seeds seeds, String name, byte[] archive) {
        Path path = scratch.write("seed.zip", archive);
        try (ZipFile zip = new ZipFile(path.toFile())) {
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
                ZipEntry entry = all.nextElement();
                if (entry.getName().endsWith("data.pkl")) {
                    seeds.add(name, zip.getInputStream(entry).readAllBytes());
                }
            }
        } catch (ZipException e) {
            // One of the broken archives, which have nothing for this target.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
