package io.github.hanllama.core.checkpoint.torch;

import static io.github.hanllama.core.checkpoint.torch.PickleBytes.protocol2;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.archive;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.malformedPickle;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.matrix;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.readPickle;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.refused;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.unsupportedPickle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.github.hanllama.core.error.ModelFormatException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows TZ11 to TZ17, TZ23 and TZ24 of the table of bad input: what a pickle may do. */
class PickleMachineTest {
    private static final long BUDGETED = 200 << 20;

    @ParameterizedTest
    @CsvSource({
        "os, system",
        "posix, system",
        "nt, system",
        "subprocess, Popen",
        "builtins, eval",
        "__builtin__, exec",
        "builtins, getattr",
        "importlib, import_module",
        "functools, partial",
        "operator, attrgetter",
        "types, CodeType",
        "torch, load",
        "torch.utils.collect_env, run",
        "numpy.f2py, compile",
        "requests.api, get",
        "urllib.request, urlopen",
        "asyncio.unix_events, _UnixSubprocessTransport"
    })
    void tz11_dangerousName(String module, String name) {
        malformedPickle(
                protocol2()
                        .global(module, name)
                        .text("touch /tmp/x")
                        .code(0x85)
                        .op("R.")
                        .build(),
                "data.pkl: byte 2 (GLOBAL): this file tries to run " + module + "." + name
                        + "; it is not a model, delete it");
    }

    @ParameterizedTest
    @CsvSource({
        "my.mod, Thing",
        "argparse, Namespace",
        "numpy.core.multiarray, _reconstruct",
        "collections, Counter",
        "builtins, set",
        "torch, WeirdStorage",
        "collections., OrderedDict",
        "collections.OrderedDict, fromkeys"
    })
    void tz11_unknownName(String module, String name) {
        unsupportedPickle(
                protocol2().global(module, name).op(".").build(),
                "data.pkl: byte 2 (GLOBAL): expected only what tensors need, but the file tries to import " + module
                        + "." + name);
    }

    @Test
    void tz11_nameIsNoLine() {
        malformedPickle(protocol2().op("cos\nsystem").build(), "(GLOBAL): expected a line of at most 1000 bytes");
        malformedPickle(
                protocol2().op("c" + "x".repeat(2000) + "\ny\n.").build(), "expected a line of at most 1000 bytes");
    }

    @Test
    void tz11_nameWithControlCharacters_isPrintedInOneLine() {
        unsupportedPickle(protocol2().global("a\tb\rc", "d").op(".").build(), "tries to import a b c.d");
    }

    static Stream<Arguments> tz12_callOfSomethingElse() {
        return Stream.of(
                argumentSet(
                        "storage type",
                        protocol2().global("torch", "FloatStorage").op(")R."),
                        "(REDUCE): expected a"
                                + " name that makes a tensor or a table, found the type torch.FloatStorage"),
                argumentSet("dtype", protocol2().global("torch", "float16").op(")R."), "(REDUCE): expected a name"),
                argumentSet("text", protocol2().text("x").op(")R."), "(REDUCE): expected a name"),
                argumentSet(
                        "no tuple",
                        protocol2().global("collections", "OrderedDict").op("]R."),
                        "(REDUCE): expected a tuple of arguments of collections.OrderedDict, found a list of 0"),
                argumentSet(
                        "other arguments",
                        protocol2()
                                .global("torch._utils", "_rebuild_tensor_v2")
                                .tuple(1, 2, 3, 4)
                                .op("R."),
                        "(REDUCE): expected the arguments of torch._utils._rebuild_tensor_v2, found the integer 1"),
                argumentSet(
                        "table of one integer",
                        protocol2()
                                .global("collections", "OrderedDict")
                                .tuple(1)
                                .op("R."),
                        "(REDUCE): expected the arguments of collections.OrderedDict"),
                argumentSet(
                        "parameter of no tensor",
                        protocol2()
                                .global("torch._utils", "_rebuild_parameter")
                                .tuple(1)
                                .op("R."),
                        "(REDUCE): expected the arguments of torch._utils._rebuild_parameter"),
                argumentSet(
                        "size of nothing",
                        protocol2().global("torch", "Size").op(")R."),
                        "(REDUCE): expected the arguments of torch.Size"),
                argumentSet(
                        "new tensor",
                        protocol2()
                                .global("torch._utils", "_rebuild_tensor_v2")
                                .op(")")
                                .code(0x81),
                        "(NEWOBJ): expected collections.OrderedDict, found the name torch._utils._rebuild_tensor_v2"),
                argumentSet(
                        "new table of something",
                        protocol2()
                                .global("collections", "OrderedDict")
                                .tuple(1)
                                .code(0x81),
                        "(NEWOBJ): expected collections.OrderedDict"),
                argumentSet(
                        "attributes of a tensor",
                        protocol2().then(matrix()).op("}b."),
                        "(BUILD): expected the attributes of a table, found a table of 0 for a tensor"),
                argumentSet("attributes of a list", protocol2().op("]}b."), "(BUILD): expected the attributes"),
                argumentSet("attributes of text", protocol2().op("}").text("x").op("b."), "found text for a table"),
                argumentSet("append to a table", protocol2().op("}Na."), "(APPEND): expected a list, found a table"),
                argumentSet("key of a list", protocol2().op("]NNs."), "(SETITEM): expected a table, found a list"),
                argumentSet("odd number", protocol2().op("}(Nu."), "(SETITEMS): expected pairs of keys and values"));
    }

    @ParameterizedTest
    @MethodSource
    void tz12_callOfSomethingElse(PickleBytes pickle, String message) {
        malformedPickle(pickle.build(), message);
    }

    @Test
    void tz12_hooksOrMetadata_areNotIgnored() {
        PickleBytes conjugate = PickleBytes.protocol2()
                .global("torch._utils", "_rebuild_tensor_v2")
                .op("(")
                .then(PickleBytes.storage("FloatStorage", "0", 4))
                .integer(0)
                .tuple(4)
                .tuple(1)
                .code(0x89)
                .op("}}")
                .text("neg")
                .code(0x88)
                .op("stR.");
        unsupportedPickle(conjugate.build(), "(REDUCE): expected a plain tensor, found one with hooks or a conjugate");
    }

    @ParameterizedTest
    @CsvSource({
        "0x93, STACK_GLOBAL",
        "0x69, INST",
        "0x6f, OBJ",
        "0x82, EXT1",
        "0x95, FRAME",
        "0x30, POP",
        "0x32, DUP",
        "0x94, MEMOIZE",
        "0x8c, SHORT_BINUNICODE",
        "0x96, BYTEARRAY8",
        "0x70, PUT",
        "0x67, GET",
        "0x92, NEWOBJ_EX",
        "0x50, PERSID"
    })
    void tz13_otherOpcode(String code, String name) {
        unsupportedPickle(
                protocol2().op("N").code(Integer.decode(code)).op(".").build(),
                "data.pkl: byte 3 (" + name + "): expected only the opcodes that tensors need, found " + name);
    }

    @Test
    void tz13_noOpcode() {
        malformedPickle(protocol2().code(255).build(), "data.pkl: byte 2: expected an opcode, found 0xff");
        malformedPickle(new PickleBytes().code(0x80, 6).build(), "(PROTO): expected a protocol of at most 5, found 6");
    }

    @Test
    void tz14_endsBeforeStop() {
        byte[] sound = PickleBytes.oneTensor("w", matrix());
        for (int length = 0; length < sound.length; length++) {
            malformedPickle(Arrays.copyOf(sound, length), "data.pkl: byte ");
        }
        malformedPickle(new byte[0], "data.pkl: byte 0: expected an opcode, found the end; is the file complete?");
    }

    @Test
    void tz14_somethingFollows() {
        malformedPickle(
                protocol2().op("}.").raw(protocol2().op("}.").build()).build(),
                "data.pkl: byte 3 (STOP): expected the end after it, found 4 more bytes");
        malformedPickle(protocol2().op("}}.").build(), "(STOP): expected one result, found 1 more values");
        malformedPickle(protocol2().op("(}.").build(), "(STOP): expected one result");
    }

    @ParameterizedTest
    @CsvSource({"R, REDUCE", "s, SETITEM", "t, TUPLE", "a, APPEND", "b, BUILD", "Q, BINPERSID", "., STOP", "u, SETITEMS"
    })
    void tz14_stackIsEmpty(String opcode, String name) {
        malformedPickle(protocol2().op(opcode).build(), "data.pkl: byte 2 (" + name + "): expected ");
    }

    @Test
    void tz14_marksCannotBeReachedAround() {
        malformedPickle(protocol2().op("}(s.").build(), "(SETITEM): expected 2 values before it, found 0");
    }

    @Test
    void tz15_textOfFourGigabytes() {
        malformedPickle(
                protocol2().op("X").int32(-1).op("abc").build(),
                "(BINUNICODE): expected text of at most 3 bytes, found 4294967295");
        malformedPickle(protocol2().op("X").int32(9).op("abc").build(), "(BINUNICODE): expected 9 more bytes, found 3");
    }

    @Test
    void tz15_longIntegerAsSize() {
        byte[] ones = new byte[255];
        Arrays.fill(ones, (byte) 0x7f);
        PickleBytes size = new PickleBytes().op("(").code(0x8a, 255).raw(ones).op("t");
        PickleBytes tensor = new PickleBytes()
                .global("torch._utils", "_rebuild_tensor_v2")
                .op("(")
                .then(PickleBytes.storage("FloatStorage", "0", 4))
                .integer(0)
                .then(size)
                .tuple(1)
                .code(0x89)
                .op("NtR");
        malformedPickle(
                PickleBytes.oneTensor("w", tensor),
                "(REDUCE): expected sizes and strides as integers below 2^63, found an integer of 2039 bits");
    }

    /** Each tuple holds the one before twice: 2^100000 values if anything followed them. */
    @Test
    void tz16_nestedTuples_areNotFollowed() {
        PickleBytes pickle = protocol2().op("}").text("w").op(")q").code(0);
        for (int i = 0; i < 4_000; i++) {
            pickle.op("h").code(0).code(0x86).op("q").code(0);
        }
        unsupportedPickle(pickle.op("s.").build(), "w: expected a tensor, found a tuple of 2");
    }

    @Test
    void tz16_tooManyUses() {
        PickleBytes pickle = protocol2().op(")q").code(0);
        for (int i = 0; i < 10_001; i++) {
            pickle.op("h").code(0).code(0x86);
        }
        malformedPickle(pickle.op(".").build(), "(BINGET): expected at most 50 uses of each remembered value");
    }

    @Test
    void tz16_tooManyOperations() {
        byte[] operations = new byte[10_000_000];
        for (int i = 0; i < operations.length; i += 2) {
            operations[i] = ')';
            operations[i + 1] = (byte) 0x85;
        }
        for (int i = 1; i < operations.length; i++) {
            operations[i] = (byte) 0x85; // tuples in tuples, a million deep
        }
        refused(
                ModelFormatException.class,
                BUDGETED,
                archive(operations).build(),
                "expected at most 1000000 operations, found more");
    }

    @ParameterizedTest
    @ValueSource(strings = {"N", "("})
    void tz16_tooManyValues(String opcode) {
        malformedPickle(protocol2().op(opcode.repeat(20_000)).build(), "expected at most 10000 values at a time");
    }

    @Test
    void tz16_tooManyRemembered() {
        PickleBytes pickle = protocol2().op("N");
        for (int i = 0; i <= 100_000; i++) {
            pickle.op("r").int32(i);
        }
        refused(
                ModelFormatException.class,
                BUDGETED,
                archive(pickle.build()).build(),
                "(LONG_BINPUT): expected at most 100000 remembered values");
    }

    @Test
    void tz16_tablesFromOneList() {
        PickleBytes pickle = protocol2().op("](");
        for (int i = 0; i < 5_000; i++) {
            pickle.integer(i).integer(i).code(0x86);
        }
        pickle.op("e").code(0x85).op("q").code(1);
        for (int i = 0; i < 21; i++) {
            pickle.global("collections", "OrderedDict").op("h").code(1).op("R");
        }
        malformedPickle(pickle.op(".").build(), "(REDUCE): expected at most 100000 pairs of keys and values");
    }

    @Test
    void tz16_nothingRemembered() {
        malformedPickle(protocol2().op("h").code(7).build(), "(BINGET): expected something remembered as 7");
    }

    static Stream<Arguments> tz17_persistentId() {
        PickleBytes type = new PickleBytes().global("torch", "FloatStorage");
        return Stream.of(
                argumentSet("text", protocol2().text("0").op("Q."), "expected a storage as a tuple of 5, found text"),
                argumentSet("four", protocol2().tuple(1, 2, 3, 4).op("Q."), "tuple of 5, found a tuple of 4"),
                argumentSet("six", protocol2().tuple(1, 2, 3, 4, 5, 6).op("Q."), "tuple of 5, found a tuple of 6"),
                argumentSet("no tag", protocol2().tuple(1, 2, 3, 4, 5).op("Q."), "expected a persistent id of a"),
                argumentSet(
                        "module", id("module", type, "0", 4), "expected a persistent id of a 'storage', found another"),
                argumentSet(
                        "type",
                        id("storage", new PickleBytes().global("torch", "Size"), "0", 4),
                        "expected a type of storage, found the name torch.Size"),
                argumentSet("key", id("storage", type, "", 4), "expected the key of a storage"),
                argumentSet("negative", id("storage", type, "0", -4), "elements, found the integer -4"));
    }

    private static PickleBytes id(String tag, PickleBytes type, String key, long elements) {
        return protocol2()
                .op("(")
                .text(tag)
                .then(type)
                .text(key)
                .text("cpu")
                .integer(elements)
                .op("tQ.");
    }

    @ParameterizedTest
    @MethodSource
    void tz17_persistentId(PickleBytes pickle, String message) {
        malformedPickle(pickle.build(), "(BINPERSID): ", message);
    }

    @Test
    void tz17_oneStorageDescribedTwice() {
        malformedPickle(
                protocol2()
                        .then(PickleBytes.storage("FloatStorage", "0", 4))
                        .then(PickleBytes.storage("HalfStorage", "0", 8))
                        .build(),
                "storage 0 is described twice: expected 4 F32, found 8 F16");
    }

    @ParameterizedTest
    @CsvSource({
        "torch._utils, _rebuild_sparse_tensor, sparse tensors",
        "torch._utils, _rebuild_sparse_csr_tensor, sparse tensors",
        "torch._utils, _rebuild_qtensor, quantized tensors",
        "torch, QInt8Storage, quantized tensors",
        "torch._utils, _rebuild_meta_tensor_no_storage, 'meta tensors, which have no data,'",
        "torch._utils, _rebuild_wrapper_subclass, subclasses of tensors",
        "torch._tensor, _rebuild_from_type_v2, subclasses of tensors",
        "torch._utils, _rebuild_nested_tensor, nested tensors",
        "torch, ComplexFloatStorage, complex numbers",
        "torch._utils, _rebuild_tensor_v3, types of numbers without a storage class"
    })
    void tz23_otherTensors(String module, String name, String what) {
        unsupportedPickle(
                protocol2().global(module, name).op(".").build(),
                "(GLOBAL): expected dense tensors, found " + module + "." + name + ": " + what.replace("data,", "data")
                        + " are not supported");
    }

    static Stream<Arguments> tz24_notText() {
        return Stream.of(
                argumentSet("surrogate", new int[] {0xed, 0xa0, 0x80}),
                argumentSet("overlong", new int[] {0xc0, 0x80}),
                argumentSet("no UTF-8", new int[] {0xff}));
    }

    @ParameterizedTest
    @MethodSource
    void tz24_notText(int[] bytes) {
        PickleBytes text = new PickleBytes().op("X").int32(bytes.length).code(bytes);
        malformedPickle(
                protocol2().op("}").then(text).then(matrix()).op("s.").build(),
                "data.pkl: byte 3 (BINUNICODE): expected text in UTF-8, found other bytes or surrogates");
    }

    @Test
    void read_everyWayToMakeATensor() {
        PickleBytes first = new PickleBytes()
                .global("torch._utils", "_rebuild_tensor")
                .op("(")
                .then(PickleBytes.storage("FloatStorage", "0", 4))
                .integer(0)
                .global("torch", "Size")
                .tuple(2, 2)
                .code(0x85)
                .op("R")
                .tuple(2, 1)
                .op("tR");
        PickleBytes parameter = new PickleBytes()
                .global("torch._utils", "_rebuild_parameter")
                .then(matrix())
                .code(0x88)
                .op("N")
                .code(0x87)
                .op("R");
        PickleBytes table = new PickleBytes()
                .global("collections", "OrderedDict")
                .op(")")
                .code(0x81)
                .op("(U")
                .code(1)
                .op("a")
                .then(first)
                .text("b")
                .then(parameter)
                .op("u}")
                .text("_metadata")
                .global("collections", "OrderedDict")
                .op(")Rsb.");
        assertThat(readPickle(protocol2().then(table).build()))
                .extracting(TorchView::name)
                .containsExactly("a", "b");
    }

    /** Python 2 wrote an ordered table as a list of its pairs. */
    @Test
    void read_tableFromPairs() {
        byte[] pickle = protocol2()
                .global("collections", "OrderedDict")
                .op("](](")
                .text("w")
                .then(matrix())
                .op("ee")
                .code(0x85)
                .op("R.")
                .build();
        assertThat(readPickle(pickle)).extracting(TorchView::name).containsExactly("w");
    }
}
