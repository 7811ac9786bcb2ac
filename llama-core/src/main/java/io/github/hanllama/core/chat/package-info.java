/**
 * How a conversation becomes ids: {@link io.github.hanllama.core.chat.Message messages} and the {@link
 * io.github.hanllama.core.chat.ChatTemplate templates} that models were trained with. Start at {@link
 * io.github.hanllama.core.chat.ChatTemplates}, which has them all.
 *
 * <p>Nothing here runs a model; that is {@code Chat} in the package for generation.
 */
package io.github.hanllama.core.chat;
