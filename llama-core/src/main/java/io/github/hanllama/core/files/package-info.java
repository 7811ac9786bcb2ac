/**
 * What a process needs to share files with others: files and folders that appear when they are complete, hashes and states
 * of files, and locks that end with their owner. Nothing here knows what a model is.
 */
package io.github.hanllama.core.files;
