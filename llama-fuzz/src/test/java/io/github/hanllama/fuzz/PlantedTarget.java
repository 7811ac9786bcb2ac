package io.github.hanllama.fuzz;

/** A parser with a mistake behind a magic number, which only somebody who sees its branches finds. */
final class PlantedTarget implements FuzzTarget {
    @Override
    public void run(byte[] input) {
        if (input.length > 4 && input[0] == 'H' && input[1] == 'A' && input[2] == 'N' && input[3] == 'L') {
            throw new ArithmeticException("planted");
        }
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.text("hello");
    }
}
