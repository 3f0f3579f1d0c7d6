"""A long mixed load with known answers: nothing wrong, nothing lost, nothing growing."""
