package io.github.hanllama.core.checkpoint.meta;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.checkpoint.meta.MetaNames.Split;
import io.github.hanllama.core.checkpoint.view.JoinedColumns;
import io.github.hanllama.core.checkpoint.view.JoinedRows;
import io.github.hanllama.core.error.ModelFormatException;
import java.util.List;
import java.util.SequencedSet;
import java.util.TreeSet;

/** The tensors of all of Meta's files of one model, each joined from its parts by its split. */
final class MetaShards {
    private final String origin;
    private final List<WeightFile> files;
    private final long dim;

    MetaShards(String origin, List<WeightFile> files, long dim) {
        this.origin = origin;
        this.files = files;
        this.dim = dim;
    }

    int count() {
        return files.size();
    }

    /** The names in any of the files, without buffers. */
    SequencedSet<String> names() {
        TreeSet<String> names = new TreeSet<>();
        files.forEach(file -> file.tensors().stream()
                .map(TensorInfo::name)
                .filter(name -> !MetaNames.isIgnored(name))
                .forEach(names::add));
        return names;
    }

    /** The whole tensor under its Meta name. */
    Tensor join(String name, Split split) {
        List<Tensor> parts = files.stream().map(file -> part(file, name)).toList();
        TensorInfo first = parts.getFirst().info();
        int rank = split == Split.COPIES ? 1 : 2;
        for (int i = 0; i < parts.size(); i++) {
            TensorInfo part = parts.get(i).info();
            boolean empty = part.elements() == 0; // costs nothing in its file, and joined might overflow
            if (part.shape().size() != rank || part.dtype() != first.dtype() || empty) {
                throw malformed(
                        name,
                        i,
                        "a " + (rank == 1 ? "vector" : "matrix") + " of " + first.dtype()
                                + (empty ? " not empty" : ""));
            }
        }
        return switch (split) {
            case COPIES -> {
                requireAlike(name, parts, true, true);
                yield parts.getFirst();
            }
            case ROWS -> {
                requireAlike(name, parts, false, true);
                yield JoinedRows.of(parts);
            }
            case COLUMNS -> {
                requireAlike(name, parts, true, false);
                yield JoinedColumns.of(parts);
            }
            case COLUMNS_OR_ROWS -> join(name, first.rowLength() == dim ? Split.ROWS : Split.COLUMNS);
        };
    }

    private Tensor part(WeightFile file, String name) {
        if (!file.contains(name)) {
            String other = files.stream()
                    .filter(each -> each.contains(name))
                    .findFirst()
                    .map(each -> "; it is in " + each.path().getFileName())
                    .orElse("");
            throw new ModelFormatException(origin + ": " + file.path().getFileName() + ": expected " + name
                    + ", found no such tensor" + other + "; are all files from the same model?");
        }
        return file.tensor(name);
    }

    private void requireAlike(String name, List<Tensor> parts, boolean rows, boolean columns) {
        TensorInfo first = parts.getFirst().info();
        for (int i = 1; i < parts.size(); i++) {
            TensorInfo part = parts.get(i).info();
            if ((rows && part.rows() != first.rows()) || (columns && part.rowLength() != first.rowLength())) {
                throw malformed(
                        name,
                        i,
                        (rows ? first.rows() + " rows" : "") + (rows && columns ? " and " : "")
                                + (columns ? first.rowLength() + " columns" : "") + " as in "
                                + files.getFirst().path().getFileName());
            }
        }
    }

    private ModelFormatException malformed(String name, int file, String expected) {
        TensorInfo found = files.get(file).tensor(name).info();
        return new ModelFormatException(origin + ": " + files.get(file).path().getFileName() + ": " + name
                + ": expected " + expected + ", found " + found.dtype() + " " + found.shape()
                + "; are all files from the same model?");
    }
}
