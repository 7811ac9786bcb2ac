package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.engine.Phase;
import io.github.hanllama.quant.InputForm;
import io.github.hanllama.quant.MatrixInput;
import io.github.hanllama.quant.PackedMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

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
    private record Group(Phase phase, int[] tokens, MatrixInput input) {}

    /**
     * Starts over.
     *
     * @param tokens whose rows are numbered like them
     * @param readers all matrices that will read
     */
    void begin(PhaseTokens tokens, PackedMatrix... readers) {
        groups.clear();
        if (tokens.phases().size() == 1 || readAlike(readers)) {
            add(tokens.phases().getFirst(), tokens.all(), readers);
        } else {
            for (Phase phase : tokens.phases()) {
                add(phase, tokens.of(phase), readers);
            }
        }
    }

    private boolean readAlike(PackedMatrix... readers) {
        for (PackedMatrix matrix : readers) {
            if (form(matrix, Phase.PROMPT) != form(matrix, Phase.GENERATED)) {
                return false;
            }
        }
        return true;
    }

    private void add(Phase phase, int[] tokens, PackedMatrix... readers) {
        Set<InputForm> forms = EnumSet.noneOf(InputForm.class);
        for (PackedMatrix matrix : readers) {
            forms.add(form(matrix, phase));
        }
        MatrixInput input = phase == Phase.PROMPT ? prompt : generated;
        input.begin(tokens, forms);
        groups.add(new Group(phase, tokens, input));
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
        int tiles = 0;
        for (Group group : groups) {
            tiles += group.input.tiles();
        }
        return tiles;
    }

    /** The tokens of a part. */
    int[] tokens(int tile) {
        int rest = tile;
        for (Group group : groups) {
            if (rest < group.input.tiles()) {
                int from = rest * MatrixInput.TILE;
                return Arrays.copyOfRange(group.tokens, from, Math.min(group.tokens.length, from + MatrixInput.TILE));
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

    /** Takes some columns of all tokens out of their rows, whole tiles of the matrix that they come from. */
    void packColumns(int from, int to, float[] rows) {
        for (Group group : groups) {
            for (int tile = 0; tile < group.input.tiles(); tile++) {
                group.input.pack(tile, from, to, rows);
            }
        }
    }

    /** Computes some tiles of rows of the product with every token. */
    void multiply(PackedMatrix matrix, int fromTile, int toTile, float[] y) {
        for (Group group : groups) {
            matrix.multiply(fromTile, toTile, group.input, form(matrix, group.phase), y);
        }
    }
}
