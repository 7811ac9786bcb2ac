package io.github.hanllama.lora;

import io.github.hanllama.core.checkpoint.Tensor;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TorchFile;
import io.github.hanllama.quant.DType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The f16 tensors of Meta's shards under Hugging Face names, copied into memory by the plainest loops: what the readers
 * of checkpoints are compared with, so it shares nothing with them.
 */
final class MetaFiles {
    private static final int LAYERS = 2;
    private static final int HEADS = 4;
    private static final int KEY_VALUE_HEADS = 2;
    private static final int BYTES = 2;

    /** Cut along columns; all others along rows, but for the norms. */
    private static final List<String> BY_COLUMNS = List.of("tok_embeddings", "attention.wo", "feed_forward.w2");

    private static final Map<String, String> MODULES = Map.of(
            "attention.wq", "self_attn.q_proj",
            "attention.wk", "self_attn.k_proj",
            "attention.wv", "self_attn.v_proj",
            "attention.wo", "self_attn.o_proj",
            "feed_forward.w1", "mlp.gate_proj",
            "feed_forward.w2", "mlp.down_proj",
            "feed_forward.w3", "mlp.up_proj",
            "attention_norm", "input_layernorm",
            "ffn_norm", "post_attention_layernorm");

    private MetaFiles() {}

    static Map<String, Tensor> read(Path folder, int shards) {
        List<TorchFile> files = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            files.add(TorchFile.open(folder.resolve("consolidated.0" + i + ".pth")));
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        put(tensors, TensorNames.EMBED_TOKENS, join(files, "tok_embeddings"));
        put(tensors, TensorNames.NORM, join(files, "norm"));
        put(tensors, TensorNames.LM_HEAD, join(files, "output"));
        for (int layer = 0; layer < LAYERS; layer++) {
            String from = "layers." + layer + ".";
            String to = "model.layers." + layer + ".";
            MODULES.forEach((meta, module) -> put(tensors, to + module + ".weight", halfSplit(meta, files, from)));
        }
        files.forEach(TorchFile::close);
        return tensors;
    }

    private static void put(Map<String, Tensor> tensors, String name, byte[][] rows) {
        byte[] bytes = new byte[rows.length * rows[0].length];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(rows[row], 0, bytes, row * rows[0].length, rows[0].length);
        }
        long width = rows[0].length / BYTES;
        List<Long> shape = name.endsWith("norm.weight") ? List.of(width) : List.of((long) rows.length, width);
        TensorInfo info = new TensorInfo(name, shape, DType.F16);
        tensors.put(name, new MemoryTensor(info, MemorySegment.ofArray(bytes), 7));
    }

    /** Meta turns neighbouring rows 2i, 2i+1 of a head; Hugging Face's row i and the one half a head further. */
    private static byte[][] halfSplit(String meta, List<TorchFile> files, String prefix) {
        byte[][] rows = join(files, prefix + meta);
        if (!meta.endsWith("wq") && !meta.endsWith("wk")) {
            return rows;
        }
        int headDim = rows.length / (meta.endsWith("wq") ? HEADS : KEY_VALUE_HEADS);
        byte[][] result = new byte[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            int inHead = row % headDim;
            result[row - inHead + inHead % 2 * headDim / 2 + inHead / 2] = rows[row];
        }
        return result;
    }

    private static byte[][] join(List<TorchFile> files, String name) {
        List<byte[][]> parts =
                files.stream().map(file -> rows(file.tensor(name + ".weight"))).toList();
        if (name.endsWith("norm")) {
            return parts.getFirst();
        }
        boolean byColumns = BY_COLUMNS.stream().anyMatch(name::endsWith);
        return parts.stream()
                .reduce((one, other) -> byColumns ? beside(one, other) : below(one, other))
                .orElseThrow();
    }

    private static byte[][] beside(byte[][] left, byte[][] right) {
        byte[][] rows = new byte[left.length][left[0].length + right[0].length];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(left[row], 0, rows[row], 0, left[row].length);
            System.arraycopy(right[row], 0, rows[row], left[row].length, right[row].length);
        }
        return rows;
    }

    private static byte[][] below(byte[][] above, byte[][] below) {
        byte[][] rows = new byte[above.length + below.length][];
        System.arraycopy(above, 0, rows, 0, above.length);
        System.arraycopy(below, 0, rows, above.length, below.length);
        return rows;
    }

    private static byte[][] rows(Tensor tensor) {
        byte[] bytes = Values.stored(tensor);
        byte[][] rows = new byte[(int) tensor.info().rows()][(int) tensor.info().rowBytes()];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(bytes, row * rows[row].length, rows[row], 0, rows[row].length);
        }
        return rows;
    }
}
