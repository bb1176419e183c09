package dev.panorm.data;

/**
 * What a network learns from and what it is judged by.
 *
 * @param train samples to train on
 * @param test samples that training never sees
 * @param source where they come from and how they were split, to be stated beside every accuracy
 */
public record Split(Dataset train, Dataset test, String source) {}
