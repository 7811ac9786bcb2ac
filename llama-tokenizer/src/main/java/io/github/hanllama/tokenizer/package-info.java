/**
 * Text to token ids and back. Nothing here knows about models, prompts or templates.
 *
 * <p>Start at {@link io.github.hanllama.tokenizer.Tokenizers#load}, which reads a {@code tokenizer.model}, a
 * {@code tokenizer.json} or the folder that holds them and returns a {@link io.github.hanllama.tokenizer.Tokenizer}.
 * {@link io.github.hanllama.tokenizer.TokenSequence} puts control tokens and user text side by side;
 * {@link io.github.hanllama.tokenizer.VocabularyMerge} makes a larger {@code tokenizer.model} out of two, and
 * {@link io.github.hanllama.tokenizer.VocabularyPruning} a smaller one.
 *
 * <p>Inside, a text takes this way:
 *
 * <ol>
 *   <li>{@code AddedTokenSplitter} finds tokens that stand for themselves, {@code ControlTokens} those of a sequence;
 *   <li>{@code TextNormalizer} and its kin rewrite what lies between ({@code tokenizer.json} only);
 *   <li>{@code PreTokenizer} and its kin split it into words ({@code tokenizer.json} and tiktoken);
 *   <li>{@code Symbols} (of SentencePiece: {@code SymbolTable}) turn a word into symbols that {@code BpeMerger} merges by
 *       {@code MergeRules};
 *   <li>back again, {@code DecoderStep} and its kin or {@code SentencePieceDecoder} make text of pieces.
 * </ol>
 *
 * {@code SentencePiece*}, {@code Tiktoken*} and {@code Hf*} read the three formats, {@code TokenizerConfig*} the files beside
 * them. It is one package because the readers make what the interface promises, and would otherwise form a cycle with it.
 */
package io.github.hanllama.tokenizer;
