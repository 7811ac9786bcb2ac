package io.github.hanllama.core.checkpoint.torch;

import static io.github.hanllama.core.checkpoint.torch.PickleBytes.protocol2;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.malformedPickle;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.matrix;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.readPickle;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.unsupportedPickle;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The row TZ22 of the table of bad input: where in a file the tensors are. */
class StateDictTest {
    private static PickleBytes table(String name, PickleBytes value) {
        return new PickleBytes().op("}").text(name).then(value).op("s");
    }

    @ParameterizedTest
    @ValueSource(strings = {"state_dict", "model_state_dict", "model", "module"})
    void tz22_oneKnownLevel(String key) {
        PickleBytes other = new PickleBytes().text("epoch").integer(3).op("s");
        byte[] pickle = protocol2()
                .then(table(key, table("w", matrix())))
                .then(other)
                .op(".")
                .build();
        assertThat(readPickle(pickle)).extracting(TorchView::name).containsExactly("w");
    }

    @Test
    void tz22_tensorWithTheNameOfALevel_isATensor() {
        byte[] pickle = protocol2().then(table("model", matrix())).op(".").build();
        assertThat(readPickle(pickle)).extracting(TorchView::name).containsExactly("model");
    }

    @Test
    void tz22_prefixOnEveryName_isTakenOff() {
        byte[] pickle = protocol2().then(table("module.w", matrix())).op(".").build();
        assertThat(readPickle(pickle)).extracting(TorchView::name).containsExactly("w");
    }

    @Test
    void tz22_prefixOnSomeNames_stays() {
        PickleBytes more = new PickleBytes().text("w").then(matrix()).op("s");
        byte[] pickle =
                protocol2().then(table("module.w", matrix())).then(more).op(".").build();
        assertThat(readPickle(pickle)).extracting(TorchView::name).containsExactly("module.w", "w");
    }

    @Test
    void tz22_unknownLevel() {
        unsupportedPickle(
                protocol2()
                        .then(table("optimizer", table("w", matrix())))
                        .op(".")
                        .build(),
                "optimizer: expected a tensor, found a table of 1; save the state_dict alone");
    }

    @Test
    void tz22_twoLevels() {
        unsupportedPickle(
                protocol2()
                        .then(table("model", table("state_dict", table("w", matrix()))))
                        .op(".")
                        .build(),
                "model: state_dict: expected a tensor, found a table of 1");
    }

    @Test
    void tz22_twoTables() {
        PickleBytes more =
                new PickleBytes().text("model").then(table("w", matrix())).op("s");
        unsupportedPickle(
                protocol2()
                        .then(table("state_dict", table("w", matrix())))
                        .then(more)
                        .op(".")
                        .build(),
                "expected one table of tensors, found state_dict and model");
    }

    @Test
    void tz22_tensorBesideTheTable() {
        PickleBytes more = new PickleBytes().text("w").then(matrix()).op("s");
        unsupportedPickle(
                protocol2()
                        .then(table("model", table("w", matrix())))
                        .then(more)
                        .op(".")
                        .build(),
                "expected all tensors under model, found w beside it");
    }

    @Test
    void tz22_keyIsNoText() {
        unsupportedPickle(
                protocol2().op("}").integer(7).then(matrix()).op("s.").build(),
                "expected names of tensors as keys, found the integer 7");
    }

    @Test
    void tz22_keyTwice() {
        PickleBytes more = new PickleBytes().text("w").then(matrix()).op("s");
        malformedPickle(
                protocol2().then(table("w", matrix())).then(more).op(".").build(),
                "(SETITEM): expected each key once, found 'w' twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"]", "N", ")"})
    void tz22_noTable(String opcode) {
        unsupportedPickle(protocol2().op(opcode + ".").build(), "expected a table of tensors (a state_dict), found ");
    }

    @Test
    void tz22_tableInItself() {
        unsupportedPickle(
                protocol2().op("}q").code(0).text("d").op("h").code(0).op("s.").build(),
                "d: expected a tensor, found a table of 1");
        unsupportedPickle(
                protocol2()
                        .op("}q")
                        .code(0)
                        .text("model")
                        .op("h")
                        .code(0)
                        .op("s.")
                        .build(),
                "model: model: expected a tensor, found a table of 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\nb", "\u0000"})
    void tz24_nameIsNotPrintable(String name) {
        malformedPickle(
                protocol2().then(table(name, matrix())).op(".").build(),
                "expected a name of at most 1000 printable characters");
    }

    /** What older versions of peft saved when they saved nothing. */
    @Test
    void emptyTable_hasNoTensors() {
        assertThat(readPickle(protocol2().op("}.").build())).isEmpty();
    }
}
