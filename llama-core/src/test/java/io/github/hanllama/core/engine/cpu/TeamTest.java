package io.github.hanllama.core.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class TeamTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 9})
    void forEach_manyLoops_everyItemOnce(int size) {
        try (Team team = new Team(size)) {
            for (int loop = 0; loop < 200; loop++) {
                int items = loop % 17;
                AtomicIntegerArray runs = new AtomicIntegerArray(items);
                team.forEach(items, (member, item) -> {
                    assertThat(member).isBetween(0, size - 1);
                    runs.incrementAndGet(item);
                });
                for (int item = 0; item < items; item++) {
                    assertThat(runs.get(item)).isEqualTo(1);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 9})
    void forEachRun_anyCount_everyItemOnceInRunsThatGetShorter(int size) {
        try (Team team = new Team(size)) {
            for (int items = 0; items < 200; items++) {
                AtomicIntegerArray runs = new AtomicIntegerArray(items);
                AtomicIntegerArray lengths = new AtomicIntegerArray(items);
                team.forEachRun(items, (member, from, to) -> {
                    assertThat(member).isBetween(0, size - 1);
                    for (int item = from; item < to; item++) {
                        runs.incrementAndGet(item);
                        lengths.set(item, to - from);
                    }
                });
                for (int item = 0; item < items; item++) {
                    assertThat(runs.get(item)).isEqualTo(1);
                    assertThat(lengths.get(item)).isLessThanOrEqualTo(lengths.get(0));
                }
                assertThat(items == 0 ? 1 : lengths.get(items - 1)).isEqualTo(1);
            }
        }
    }

    @Test
    void forEach_everyMemberTakesPart() throws InterruptedException {
        Set<Integer> members = ConcurrentHashMap.newKeySet();
        CountDownLatch all = new CountDownLatch(3);
        try (Team team = new Team(3)) {
            Thread.sleep(20); // long enough for the others to park
            team.forEach(3, (member, item) -> {
                members.add(member);
                all.countDown();
                await(all);
            });
        }
        assertThat(members).containsExactlyInAnyOrder(0, 1, 2);
    }

    /** Pauses around the time that threads spin, so that they park at every possible moment. */
    @Test
    void forEach_anyPauses_nobodySleepsOn() {
        SplittableRandom random = new SplittableRandom(1);
        try (Team team = new Team(2)) {
            for (int loop = 0; loop < 4000; loop++) {
                CountDownLatch both = new CountDownLatch(2);
                long othersPause = random.nextLong(0, 120_000);
                pause(random.nextLong(0, 120_000));
                team.forEach(2, (member, item) -> {
                    both.countDown();
                    await(both); // hangs when the other was not woken
                    pause(member == 1 ? othersPause : 0);
                });
            }
        }
    }

    private static void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void forEach_itemFails_isThrownAndTheTeamGoesOn(int size) {
        try (Team team = new Team(size)) {
            assertThatThrownBy(() -> team.forEach(8, (member, item) -> {
                        if (item == 5) {
                            throw new IllegalArgumentException("five");
                        }
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("five");
            AtomicIntegerArray runs = new AtomicIntegerArray(8);
            team.forEach(8, (member, item) -> runs.incrementAndGet(item));
            assertThat(runs).hasToString("[1, 1, 1, 1, 1, 1, 1, 1]");
        }
    }

    @Test
    void lead_virtualThread_computesOnAPlatformThread() throws InterruptedException {
        AtomicReference<Thread> leader = new AtomicReference<>();
        AtomicReference<RuntimeException> thrown = new AtomicReference<>();
        try (Team team = new Team(2)) {
            Thread.startVirtualThread(() -> {
                        team.lead(() -> leader.set(Thread.currentThread()));
                        try {
                            team.lead(() -> {
                                throw new IllegalArgumentException("led");
                            });
                        } catch (RuntimeException e) {
                            thrown.set(e);
                        }
                    })
                    .join();
        }
        assertThat(leader.get().isVirtual()).isFalse();
        assertThat(thrown.get()).isInstanceOf(IllegalArgumentException.class).hasMessage("led");
    }

    @Test
    void close_endsTheThreads() throws InterruptedException {
        AtomicReference<Thread> helper = new AtomicReference<>();
        CountDownLatch both = new CountDownLatch(2);
        Team team = new Team(2);
        team.forEach(2, (member, item) -> {
            if (member == 1) {
                helper.set(Thread.currentThread());
            }
            both.countDown();
            await(both);
        });
        team.close();
        helper.get().join();
        assertThat(helper.get().isDaemon()).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
