package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.checkpoint.torch.PickleValue.Items;
import io.github.hanllama.core.checkpoint.torch.PickleValue.LongWhole;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Plain;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Table;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Text;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Tuple;
import io.github.hanllama.core.checkpoint.torch.PickleValue.Whole;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The stack machine of pickles, with the operations that torch's own restricted reader has and within limits. It makes
 * descriptions: nothing a file says is looked up, loaded or called.
 */
final class PickleMachine {
    private static final int MAX_OPERATIONS = 1_000_000;
    private static final int MAX_STACK = 10_000;
    private static final int MAX_MEMO = 100_000;
    private static final int MAX_GETS_PER_PUT = 50;
    /** Below this many a small file that keeps little and uses it often is no attack. */
    private static final int FREE_GETS = 10_000;

    private static final int MAX_PROTOCOL = 5;

    private final PickleInput input;
    private final PersistentIds ids;
    private final Makers makers;
    private final List<PickleValue> stack = new ArrayList<>();
    private final Deque<Integer> marks = new ArrayDeque<>();
    private final Map<Long, PickleValue> memo = new HashMap<>();
    private long gets;

    private PickleMachine(PickleInput input, PersistentIds ids) {
        this.input = input;
        this.ids = ids;
        this.makers = new Makers(input);
    }

    /** Runs one pickle; the input then stands after its STOP. */
    static PickleValue run(PickleInput input, PersistentIds ids) {
        return new PickleMachine(input, ids).run();
    }

    private PickleValue run() {
        for (int operations = 0; operations < MAX_OPERATIONS; operations++) {
            Opcode opcode = input.opcode();
            if (opcode == Opcode.STOP) {
                return result();
            }
            execute(opcode);
            if (stack.size() + marks.size() > MAX_STACK) {
                throw input.malformed("expected at most " + MAX_STACK + " values at a time, found more");
            }
        }
        throw input.malformed("expected at most " + MAX_OPERATIONS + " operations, found more");
    }

    private PickleValue result() {
        PickleValue result = pop();
        if (!stack.isEmpty() || !marks.isEmpty()) {
            throw input.malformed("expected one result, found " + stack.size() + " more values");
        }
        return result;
    }

    private void execute(Opcode opcode) {
        switch (opcode) {
            case PROTO -> requireProtocol(input.u8());
            case MARK -> marks.push(stack.size());
            case NONE -> push(Plain.NONE);
            case NEWTRUE -> push(Plain.TRUE);
            case NEWFALSE -> push(Plain.FALSE);
            case BININT -> push(new Whole(input.i32()));
            case BININT1 -> push(new Whole(input.u8()));
            case BININT2 -> push(new Whole(input.u16()));
            case LONG1 -> push(integer(input.integer(input.u8())));
            case BINFLOAT -> pushReal();
            case BINUNICODE -> push(new Text(input.text(input.u32())));
            case SHORT_BINSTRING -> push(new Text(input.text(input.u8())));
            case EMPTY_TUPLE -> push(new Tuple(List.of()));
            case EMPTY_LIST -> push(new Items());
            case EMPTY_DICT -> push(new Table());
            case EMPTY_SET -> push(Plain.SET);
            case TUPLE -> push(new Tuple(popToMark()));
            case TUPLE1 -> push(tuple(1));
            case TUPLE2 -> push(tuple(2));
            case TUPLE3 -> push(tuple(3));
            case APPEND -> append(List.of(pop()));
            case APPENDS -> append(popToMark());
            case SETITEM -> put(tuple(2).items());
            case SETITEMS -> put(popToMark());
            case BINGET -> get(input.u8());
            case LONG_BINGET -> get(input.u32());
            case BINPUT -> remember(input.u8());
            case LONG_BINPUT -> remember(input.u32());
            case GLOBAL -> push(Imports.read(input));
            case REDUCE -> {
                PickleValue arguments = pop();
                push(makers.make(pop(), arguments));
            }
            case NEWOBJ -> {
                PickleValue arguments = pop();
                push(makers.construct(pop(), arguments));
            }
            case BUILD -> {
                PickleValue state = pop();
                makers.fill(top(), state);
            }
            case BINPERSID -> push(ids.read(input, pop()));
            default ->
                throw input.unsupported("expected only the opcodes that tensors need, found " + opcode
                        + "; save it again with torch.save and its default protocol");
        }
    }

    private void requireProtocol(int protocol) {
        if (protocol > MAX_PROTOCOL) {
            throw input.malformed("expected a protocol of at most " + MAX_PROTOCOL + ", found " + protocol);
        }
    }

    private void pushReal() {
        input.skip(Double.BYTES);
        push(Plain.REAL);
    }

    private static PickleValue integer(BigInteger value) {
        return value.bitLength() < Long.SIZE ? new Whole(value.longValueExact()) : new LongWhole(value);
    }

    private void append(List<PickleValue> values) {
        if (!(top() instanceof Items items)) {
            throw input.malformed("expected a list, found " + top().kind());
        }
        items.values.addAll(values);
    }

    private void put(List<PickleValue> keysAndValues) {
        if (keysAndValues.size() % 2 != 0) {
            throw input.malformed("expected pairs of keys and values, found " + keysAndValues.size() + " values");
        }
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            makers.put(top(), keysAndValues.get(i), keysAndValues.get(i + 1));
        }
    }

    private void get(long slot) {
        gets++;
        if (gets > FREE_GETS && gets > (long) MAX_GETS_PER_PUT * memo.size()) {
            throw input.malformed("expected at most " + MAX_GETS_PER_PUT + " uses of each remembered value, found "
                    + gets + " of " + memo.size());
        }
        push(Optional.ofNullable(memo.get(slot))
                .orElseThrow(() -> input.malformed("expected something remembered as " + slot + ", found nothing")));
    }

    private void remember(long slot) {
        memo.put(slot, top());
        if (memo.size() > MAX_MEMO) {
            throw input.malformed("expected at most " + MAX_MEMO + " remembered values, found more");
        }
    }

    private void push(PickleValue value) {
        stack.add(value);
    }

    private PickleValue top() {
        requireValues(1);
        return stack.getLast();
    }

    private PickleValue pop() {
        requireValues(1);
        return stack.removeLast();
    }

    private Tuple tuple(int count) {
        requireValues(count);
        return new Tuple(popFrom(stack.size() - count));
    }

    private List<PickleValue> popToMark() {
        if (marks.isEmpty()) {
            throw input.malformed("expected a MARK before it, found none");
        }
        return popFrom(marks.pop());
    }

    private List<PickleValue> popFrom(int start) {
        List<PickleValue> tail = stack.subList(start, stack.size());
        List<PickleValue> values = List.copyOf(tail);
        tail.clear();
        return values;
    }

    /** Values below the last mark are out of reach. */
    private void requireValues(int count) {
        int floor = marks.isEmpty() ? 0 : marks.peek();
        if (stack.size() - floor < count) {
            throw input.malformed("expected " + count + (count == 1 ? " value" : " values") + " before it, found "
                    + (stack.size() - floor));
        }
    }
}
