"""One box for every question: what a text asks (`grammar`), and what there is to it (`run`)."""
