"""Pure analysis of texts: words, sentences, numbers, outlets, and near copies."""
