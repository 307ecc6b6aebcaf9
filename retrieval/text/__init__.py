"""What a text is made of, pure: words, sentences, numbers, whose it is and what it repeats."""
