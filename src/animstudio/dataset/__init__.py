"""From characters' pictures to a set that LoRA trainers take, and a judge of any such set."""
