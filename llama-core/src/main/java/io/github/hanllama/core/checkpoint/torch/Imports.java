package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.checkpoint.torch.PickleValue.Maker;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Plain;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Product;
import io.github.hanllama.core.checkpoint.torch.PickleValue.StorageType;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.json.StrictJson;
import io.github.hanllama.quant.DType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The names that a table of weights may import, each as a description of what it stands for. */
final class Imports {
    private static final Map<String, PickleValue> ALLOWED = new HashMap<>();
    private static final Map<String, String> UNSUPPORTED = new HashMap<>();

    static {
        allow("collections.OrderedDict", Product.TABLE);
        allow("torch._utils._rebuild_tensor", Product.TENSOR);
        allow("torch._utils._rebuild_tensor_v2", Product.TENSOR);
        allow("torch._utils._rebuild_parameter", Product.PARAMETER);
        allow("torch.nn.parameter.Parameter", Product.PARAMETER);
        allow("torch.Size", Product.TUPLE);
        allow("torch.device", Product.DEVICE);
        allow("torch.serialization._get_layout", Product.LAYOUT);
        allow("_codecs.encode", Product.BYTES);
        allowStorage("torch.DoubleStorage", DType.F64);
        allowStorage("torch.FloatStorage", DType.F32);
        allowStorage("torch.HalfStorage", DType.F16);
        allowStorage("torch.BFloat16Storage", DType.BF16);
        allowStorage("torch.LongStorage", DType.I64);
        allowStorage("torch.IntStorage", DType.I32);
        allowStorage("torch.ShortStorage", DType.I16);
        allowStorage("torch.CharStorage", DType.I8);
        allowStorage("torch.ByteStorage", DType.U8);
        allowStorage("torch.BoolStorage", DType.BOOL);
        allowStorage("torch.storage.UntypedStorage", DType.U8);
        for (String dtype : List.of(
                "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")) {
            ALLOWED.put("torch." + dtype, Plain.DTYPE);
        }
        unsupported("sparse tensors", "torch._utils._rebuild_sparse_tensor", "torch._utils._rebuild_sparse_csr_tensor");
        unsupported("nested tensors", "torch._utils._rebuild_nested_tensor");
        unsupported(
                "quantized tensors",
                "torch._utils._rebuild_qtensor",
                "torch.QInt8Storage",
                "torch.QUInt8Storage",
                "torch.QInt32Storage",
                "torch.QUInt4x2Storage",
                "torch.QUInt2x4Storage");
        unsupported("complex numbers", "torch.ComplexFloatStorage", "torch.ComplexDoubleStorage");
        unsupported("meta tensors, which have no data", "torch._utils._rebuild_meta_tensor_no_storage");
        unsupported(
                "tensors of another device",
                "torch._utils._rebuild_device_tensor_from_numpy",
                "torch._utils._rebuild_device_tensor_from_cpu_tensor",
                "torch._utils._rebuild_xla_tensor");
        unsupported(
                "subclasses of tensors",
                "torch._utils._rebuild_wrapper_subclass",
                "torch._utils._rebuild_parameter_with_state",
                "torch._tensor._rebuild_from_type",
                "torch._tensor._rebuild_from_type_v2");
        unsupported("types of numbers without a storage class", "torch._utils._rebuild_tensor_v3");
        unsupported("storages without a type", "torch.storage.TypedStorage");
    }

    private Imports() {}

    private static void allow(String name, Product product) {
        ALLOWED.put(name, new Maker(name, product));
    }

    private static void allowStorage(String name, DType dtype) {
        ALLOWED.put(name, new StorageType(name, dtype));
    }

    private static void unsupported(String what, String... names) {
        for (String name : names) {
            UNSUPPORTED.put(name, what);
        }
    }

    /** The operand of GLOBAL: two lines, module and name. Nothing of that name is looked for, here or elsewhere. */
    static PickleValue read(PickleInput input) {
        String module = input.line();
        String member = input.line();
        String name = module + "." + member;
        return Optional.ofNullable(ALLOWED.get(name)).orElseThrow(() -> refusal(input, module, member));
    }

    private static LlamaException refusal(PickleInput input, String module, String member) {
        String name = StrictJson.printable(module + "." + member);
        if (DangerousImports.contains(module, member)) {
            return input.malformed("this file tries to run " + name + "; it is not a model, delete it");
        }
        String unsupported = UNSUPPORTED.get(name);
        if (unsupported != null) {
            return input.unsupported("expected dense tensors, found " + name + ": " + unsupported
                    + " are not supported; save plain tensors");
        }
        return input.unsupported("expected only what tensors need, but the file tries to import " + name
                + "; save the state_dict alone");
    }
}
