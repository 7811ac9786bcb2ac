package io.github.hanllama.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SequencedMap;

/** All parsers in one JVM: the first byte chooses which of them gets the rest. */
final class AllTargets implements FuzzTarget {
    private static final int MAX_LENGTH = 2048;

    private final List<String> names = List.copyOf(Targets.names());
    private final List<FuzzTarget> targets = names.stream().map(Targets::named).toList();

    @Override
    public void run(byte[] input) {
        if (input.length > 0) {
            FuzzTarget target = targets.get(Byte.toUnsignedInt(input[0]) % targets.size());
            Trial.run(target, Arrays.copyOfRange(input, 1, input.length));
        }
    }

    @Override
    public void seeds(Seeds seeds) {
        for (int i = 0; i < targets.size(); i++) {
            SequencedMap<String, byte[]> own = Seeds.of(names.get(i), targets.get(i));
            for (String name : own.keySet()) {
                byte[] bytes = own.get(name);
                byte[] seed = new byte[bytes.length + 1];
                seed[0] = (byte) i;
                System.arraycopy(bytes, 0, seed, 1, bytes.length);
                seeds.add(names.get(i) + " " + name, seed);
            }
        }
    }

    @Override
    public int maxLength() {
        return MAX_LENGTH;
    }

    @Override
    public List<String> disabledHooks() {
        List<String> hooks = new ArrayList<>();
        targets.forEach(target -> hooks.addAll(target.disabledHooks()));
        return hooks;
    }
}
