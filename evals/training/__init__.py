"""Teaching the bundled model and the choice of sentences, on invented documents; the exam's questions have no part in it."""
