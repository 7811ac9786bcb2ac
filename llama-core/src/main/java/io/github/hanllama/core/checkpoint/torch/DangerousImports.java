package io.github.hanllama.core.checkpoint.torch;

import java.util.Set;

/** Names whose only use in a weight file is an attack. They are refused like all others, in clearer words. */
final class DangerousImports {
    /** With everything below them. */
    private static final Set<String> MODULES = Set.of(
            ("os posix nt sys subprocess socket ssl shutil runpy pickle _pickle ctypes importlib pty pdb bdb profile"
                            + " cProfile timeit trace code asyncio aiohttp requests urllib webbrowser httplib http uuid"
                            + " venv pip ensurepip cloudpickle idlelib lib2to3 pydoc doctest imaplib _osx_support"
                            + " _aix_support _pyrepl dill marshal codeop commands")
                    .split(" "));

    private static final Set<String> NAMES = Set.of(
            "types.CodeType",
            "types.FunctionType",
            "functools.partial",
            "operator.attrgetter",
            "operator.itemgetter",
            "operator.methodcaller",
            "logging.FileHandler",
            "_io.FileIO",
            "io.FileIO",
            "torch.load",
            "torch._inductor.codecache",
            "torch.jit.unsupported_tensor_ops",
            "torch.utils.collect_env",
            "numpy.f2py",
            "numpy.testing._private.utils");
    private static final Set<String> BUILTINS = Set.of(
            "eval",
            "exec",
            "execfile",
            "compile",
            "getattr",
            "setattr",
            "apply",
            "open",
            "file",
            "breakpoint",
            "input",
            "globals",
            "__import__");

    private DangerousImports() {}

    static boolean contains(String module, String member) {
        if (module.equals("builtins") || module.equals("__builtin__")) {
            return BUILTINS.contains(member);
        }
        int dot = module.indexOf('.');
        String root = dot < 0 ? module : module.substring(0, dot);
        String name = module + "." + member;
        return MODULES.contains(root)
                || NAMES.stream().anyMatch(known -> name.equals(known) || name.startsWith(known + "."));
    }
}
