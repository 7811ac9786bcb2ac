package io.github.hanllama.core.checkpoint;

import io.github.hanllama.core.checkpoint.file.FileFormat;
import io.github.hanllama.core.checkpoint.file.WeightKind;
import io.github.hanllama.core.checkpoint.gguf.GgufContents;
import io.github.hanllama.core.checkpoint.safetensors.SafetensorsHeaderParser;
import io.github.hanllama.core.checkpoint.torch.TorchHeader;
import io.github.hanllama.core.checkpoint.torch.TorchHeader.Stretch;
import io.github.hanllama.core.error.BackendException;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.ModelNotFoundException;
import io.github.hanllama.core.source.Delivery;
import io.github.hanllama.core.source.FileRanges;
import io.github.hanllama.core.source.ModelFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Stands in for files that are elsewhere: small ones are read whole; of weights only the header is, and their file here is a
 * sparse one of the full length with zeros in place of the rest. So everything that looks at headers works as it does on the
 * files themselves. They lie in a private folder, which closing removes.
 */
public final class HeaderFiles implements ModelFiles {
    /** What is larger is no header. */
    static final int MAX_HEADER_BYTES = 1 << 20;

    private static final long MAX_SMALL_BYTES = 256 << 10;
    private static final long MAX_GGUF_BYTES = 1536 << 10;
    private static final int PREFIX_BYTES = 16 << 10;
    private static final List<String> TOKEN_FILES = List.of("special_tokens_map.json", "added_tokens.json");
    private static final List<String> TOKENIZERS = List.of("tokenizer.model", "tokenizer.json");

    private final FileRanges remote;
    private final SortedSet<String> names = new TreeSet<>();
    private final Map<String, byte[]> prefixes = new HashMap<>();
    private final Path folder;
    private Optional<String> obstacle = Optional.empty();

    private HeaderFiles(FileRanges remote, Path folder) {
        this.remote = remote;
        this.folder = folder;
        remote.names().stream().filter(this::isKnown).forEach(names::add);
    }

    /**
     * Reads what is needed, and nothing later.
     *
     * @throws io.github.hanllama.core.error.LlamaException when something cannot be reached
     */
    public static HeaderFiles of(FileRanges remote) {
        HeaderFiles files = new HeaderFiles(remote, privateFolder());
        try {
            files.names.stream().filter(HeaderFiles::holdsWeights).forEach(files::standIn);
            files.names.stream().filter(HeaderFiles::describesTokens).forEach(files::copy);
            return files;
        } catch (RuntimeException | Error e) {
            files.close();
            throw e;
        }
    }

    /** Why weights cannot be looked into from here, a sentence; empty when they can. */
    public Optional<String> obstacle() {
        return obstacle;
    }

    /** A message in which files are called what they are called where they come from. */
    public String inWords(String message) {
        return message.replace(folder.toString(), origin());
    }

    private static Path privateFolder() {
        try {
            return Files.createTempDirectory("hanllama-headers-");
        } catch (IOException e) {
            throw new BackendException("no temporary folder for headers: " + e, e);
        }
    }

    /** A vocabulary larger than that is as if it were not there; embeddings say how large it must be. */
    private boolean isKnown(String name) {
        boolean text = name.endsWith(".json") || describesTokens(name) && size(name) <= MAX_SMALL_BYTES;
        return !name.contains("/") && (holdsWeights(name) || text && !isLargeTokenizer(name));
    }

    private boolean isLargeTokenizer(String name) {
        return TOKENIZERS.contains(name) && size(name) > MAX_SMALL_BYTES;
    }

    private static boolean describesTokens(String name) {
        return name.startsWith("tokenizer") || TOKEN_FILES.contains(name);
    }

    private static boolean holdsWeights(String name) {
        return name.endsWith(GgufContents.SUFFIX)
                || Arrays.stream(WeightKind.values()).anyMatch(kind -> kind.names(name));
    }

    private void standIn(String name) {
        switch (FileFormat.of(this, name)) {
            case SAFETENSORS -> write(name, List.of(stretch(name, 0, safetensorsBytes(name))));
            case TORCH_ZIP ->
                write(
                        name,
                        TorchHeader.read(
                                origin() + "/" + name,
                                size(name),
                                MAX_HEADER_BYTES,
                                (offset, length) -> read(name, offset, length)));
            case GGUF -> writeGguf(name);
            case GGML, TORCH_PICKLE ->
                obstacle = Optional.of(name + " is of a format that has its table of contents all over the file");
            case LFS_POINTER, HTML, UNKNOWN -> write(name, List.of(stretch(name, 0, PREFIX_BYTES)));
        }
    }

    private long safetensorsBytes(String name) {
        byte[] length = read(name, 0, SafetensorsHeaderParser.LENGTH_BYTES);
        long header = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (header > MAX_HEADER_BYTES) {
            throw new ModelFormatException(origin() + ": " + name + ": expected a header of at most " + MAX_HEADER_BYTES
                    + " bytes, found " + header + "; is this a safetensors file?");
        }
        return header < 0 ? PREFIX_BYTES : SafetensorsHeaderParser.LENGTH_BYTES + header;
    }

    /** Its header holds the vocabulary and does not say how long it is. */
    private void writeGguf(String name) {
        write(name, List.of(stretch(name, 0, MAX_GGUF_BYTES)));
        try (GgufFile file = GgufFile.open(folder.resolve(name))) {
            if (file.head().byteSize() > MAX_GGUF_BYTES) {
                obstacle = Optional.of(tooLong(name));
            }
        } catch (ModelFormatException e) {
            if (size(name) <= MAX_GGUF_BYTES) {
                throw e;
            }
            obstacle = Optional.of(tooLong(name)); // zeros were read
        }
    }

    private static String tooLong(String name) {
        return "the vocabulary in " + name + " is too large to be read for this";
    }

    private Stretch stretch(String name, long offset, long length) {
        int bounded = (int) Math.min(length, size(name) - offset);
        return new Stretch(offset, MemorySegment.ofArray(read(name, offset, bounded)));
    }

    private void write(String name, List<Stretch> stretches) {
        try (FileChannel channel = FileChannel.open(
                folder.resolve(name),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            for (Stretch stretch : stretches) {
                ByteBuffer bytes = stretch.bytes().asByteBuffer();
                for (long at = stretch.offset(); bytes.hasRemaining(); ) {
                    at += channel.write(bytes, at);
                }
            }
            if (channel.size() < size(name)) {
                channel.write(ByteBuffer.allocate(1), size(name) - 1);
            }
        } catch (IOException e) {
            throw new BackendException(folder.resolve(name) + ": cannot be written: " + e, e);
        }
    }

    private void copy(String name) {
        write(name, List.of(stretch(name, 0, Math.min(size(name), MAX_HEADER_BYTES))));
    }

    @Override
    public String origin() {
        return remote.origin();
    }

    @Override
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(names);
    }

    @Override
    public long size(String name) {
        return remote.size(name);
    }

    @Override
    public Optional<String> hash(String name) {
        return remote.hash(name);
    }

    @Override
    public Optional<Delivery> delivery() {
        return remote.delivery();
    }

    /** The beginning of a file is fetched once. */
    @Override
    public byte[] read(String name, long offset, int length) {
        byte[] prefix =
                prefixes.computeIfAbsent(name, file -> remote.read(file, 0, (int) Math.min(size(file), PREFIX_BYTES)));
        if (offset >= 0 && length >= 0 && offset + length <= prefix.length) {
            return Arrays.copyOfRange(prefix, (int) offset, (int) offset + length);
        }
        if (offset < 0 || offset >= prefix.length) {
            return remote.read(name, offset, length);
        }
        byte[] bytes = Arrays.copyOfRange(prefix, (int) offset, (int) offset + length);
        int known = prefix.length - (int) offset;
        byte[] rest = remote.read(name, prefix.length, length - known);
        System.arraycopy(rest, 0, bytes, known, rest.length);
        return bytes;
    }

    @Override
    public Path path(String name) {
        if (!names.contains(name)) {
            throw new ModelNotFoundException(origin() + ": " + name + ": no such file");
        }
        return folder.resolve(name);
    }

    @Override
    public boolean temporary() {
        return true;
    }

    @Override
    public boolean headersOnly() {
        return true;
    }

    @Override
    public void close() {
        try (Stream<Path> tree = Files.exists(folder) ? Files.walk(folder) : Stream.empty()) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove the temporary " + folder, e);
        }
    }
}
