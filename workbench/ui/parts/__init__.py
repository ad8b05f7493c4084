"""The parts of the pages: each draws one thing and writes the draft back when it is changed."""
