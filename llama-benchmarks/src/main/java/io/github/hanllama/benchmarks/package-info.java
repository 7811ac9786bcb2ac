/**
 * What the library's speed claims rest on. JMH; build with {@code mvn -pl llama-benchmarks -am package -DskipTests}, run
 * with {@code java -cp 'llama-benchmarks/target/classes:llama-benchmarks/target/lib/*' org.openjdk.jmh.Main}.
 */
package io.github.hanllama.benchmarks;
