package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.quant.InputForm;
import io.github.hanllama.quant.MatrixInput;
import io.github.hanllama.quant.PackedMatrix;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What some tokens bring to linear layers of one width. Tokens of prompts and generated ones go apart where a matrix reads
 * them in different forms; which it does depends on the two alone.
 */
final class ChunkInput {
    private final MatrixInput prompt;
    private final MatrixInput generated;
    private final List<Group> groups = new ArrayList<>();

    private final boolean exact;

    /** @param exact that no activation is ever rounded */
    ChunkInput(int width, boolean exact) {
        this.exact = exact;
        prompt = new MatrixInput(width);
        generated = new MatrixInput(width);
    }

    /** Tokens that matrices read in the same forms. */
    private record Group(Phase phase, List<Integer> tokens, MatrixInput input) {}

    /**
     * Starts over.
     *
     * @param phases of the tokens; their rows are numbered like them
     * @param readers all matrices that will read
     */
    void begin(List<Phase> phases, List<PackedMatrix> readers) {
        groups.clear();
        boolean together = phases.stream().distinct().count() == 1
                || readers.stream().allMatch(matrix -> form(matrix, Phase.PROMPT) == form(matrix, Phase.GENERATED));
        for (Phase phase : together ? List.of(phases.getFirst()) : List.of(Phase.values())) {
            List<Integer> tokens = IntStream.range(0, phases.size())
                    .filter(token -> together || phases.get(token) == phase)
                    .boxed()
                    .toList();
            groups.add(new Group(phase, tokens, phase == Phase.PROMPT ? prompt : generated));
            Set<InputForm> forms = EnumSet.noneOf(InputForm.class);
            readers.forEach(matrix -> forms.add(form(matrix, phase)));
            groups.getLast()
                    .input
                    .begin(tokens.stream().mapToInt(Integer::intValue).toArray(), forms);
        }
    }

    private InputForm form(PackedMatrix matrix, Phase phase) {
        if (exact) {
            return InputForm.F32;
        }
        return switch (phase) {
            case PROMPT -> matrix.promptForm();
            case GENERATED -> matrix.generatedForm();
        };
    }

    /** Parts that {@link #pack} takes one by one, on any thread. */
    int tiles() {
        return groups.stream().mapToInt(group -> group.input.tiles()).sum();
    }

    /** The tokens of a part. */
    List<Integer> tokens(int tile) {
        int rest = tile;
        for (Group group : groups) {
            if (rest < group.input.tiles()) {
                return group.tokens.subList(
                        rest * MatrixInput.TILE, Math.min(group.tokens.size(), (rest + 1) * MatrixInput.TILE));
            }
            rest -= group.input.tiles();
        }
        throw new IndexOutOfBoundsException(tile);
    }

    /** Takes the tokens of a part out of their rows. */
    void pack(int tile, float[] rows) {
        int rest = tile;
        for (Group group : groups) {
            if (rest < group.input.tiles()) {
                group.input.pack(rest, rows);
                return;
            }
            rest -= group.input.tiles();
        }
    }

    /** Computes some tiles of rows of the product with every token. */
    void multiply(PackedMatrix matrix, int fromTile, int toTile, float[] y) {
        for (Group group : groups) {
            matrix.multiply(fromTile, toTile, group.input, form(matrix, group.phase), y);
        }
    }
}
