"""Tiny random models of the real classes, saved as they are downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SIDE = 128


def tiny_sam2(folder: Path) -> None:
    """SAM 2 for videos, with two megabytes of weights."""
    import torch
    from transformers import Sam2VideoConfig, Sam2VideoModel

    hiera: dict[str, Any] = {
        "model_type": "sam2_hiera_det_model", "hidden_size": 12, "num_attention_heads": 1,
        "image_size": [SIDE, SIDE], "blocks_per_stage": [1, 2, 2, 1],
        "embed_dim_per_stage": [12, 24, 48, 96], "num_attention_heads_per_stage": [1, 1, 2, 2],
        "window_size_per_stage": [8, 4, 4, 4], "global_attention_blocks": [4],
        "window_positional_embedding_background_size": [7, 7],
    }  # fmt: skip
    vision = {
        "model_type": "sam2_vision_model", "backbone_config": hiera,
        "backbone_channel_list": [96, 48, 24, 12],
        "backbone_feature_sizes": [[SIDE // n, SIDE // n] for n in (4, 8, 16)],
        "fpn_hidden_size": 128,
    }  # fmt: skip
    prompts = {"hidden_size": 128, "image_size": SIDE, "patch_size": 16, "mask_input_channels": 8}
    masks = {
        "hidden_size": 128, "mlp_dim": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
        "iou_head_hidden_dim": 32,
    }  # fmt: skip
    torch.manual_seed(0)
    config = Sam2VideoConfig(
        vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=masks,
        image_size=SIDE, memory_attention_hidden_size=128, memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=64,
        memory_attention_rope_feat_sizes=[SIDE // 16, SIDE // 16],
        memory_encoder_hidden_size=128, memory_encoder_output_channels=64,
        mask_downsampler_embed_dim=128, memory_fuser_num_layers=1, memory_fuser_embed_dim=128,
        memory_fuser_intermediate_dim=64,
    )  # fmt: skip
    Sam2VideoModel(config).save_pretrained(folder)


def letters(extra: list[str]) -> list[str]:
    """A byte vocabulary for CLIP's tokenizer."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    alphabet = list(bytes_to_unicode().values())
    return [*alphabet, *(a + "</w>" for a in alphabet), *extra]


def tiny_clip(folder: Path) -> None:
    """CLIP."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(1)
    text = {"vocab_size": 99, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
            "num_attention_heads": 4, "bos_token_id": 97, "eos_token_id": 98,
            "pad_token_id": 98}  # fmt: skip
    vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
              "num_attention_heads": 4, "image_size": 32, "patch_size": 8}  # fmt: skip
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
    CLIPModel(config).save_pretrained(folder)


def tiny_siglip(folder: Path) -> None:
    """SigLIP."""
    import torch
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(2)
    text = {"vocab_size": 99, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
            "num_attention_heads": 4}  # fmt: skip
    vision = text | {"image_size": 32, "patch_size": 8}
    vision.pop("vocab_size")
    SiglipModel(SiglipConfig(text_config=text, vision_config=vision)).save_pretrained(folder)


def tiny_dinov2(folder: Path) -> None:
    """DINOv2."""
    import torch
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(3)
    config = Dinov2Config(hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
                          image_size=32, patch_size=8)  # fmt: skip
    Dinov2Model(config).save_pretrained(folder)


def tiny_owlv2(folder: Path) -> None:
    """OWLv2, with a tokenizer made of bytes."""
    import torch
    from transformers import CLIPTokenizer, Owlv2Config, Owlv2ForObjectDetection

    torch.manual_seed(4)
    words = letters(["<|startoftext|>", "<|endoftext|>"])
    text = {"vocab_size": len(words), "hidden_size": 32, "intermediate_size": 64,
            "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 16,
            "bos_token_id": 512, "eos_token_id": 513, "pad_token_id": 0}  # fmt: skip
    vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
              "num_attention_heads": 4, "image_size": 64, "patch_size": 16}  # fmt: skip
    config = Owlv2Config(text_config=text, vision_config=vision, projection_dim=32)
    Owlv2ForObjectDetection(config).save_pretrained(folder)
    vocabulary = {word: number for number, word in enumerate(words)}
    CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=16,
                  pad_token="!").save_pretrained(folder)  # fmt: skip


def tiny_grounding_dino(folder: Path) -> None:
    """Grounding DINO, with a tokenizer of a few words."""
    import torch
    from transformers import BertTokenizer, GroundingDinoConfig, GroundingDinoForObjectDetection

    torch.manual_seed(5)
    letters_ = "bcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?", "a", "an", "person", "animal",
             "cartoon", "character", *letters_, *("##" + x for x in "a" + letters_)]  # fmt: skip
    config = GroundingDinoConfig(
        backbone_config={
            "model_type": "swin", "embed_dim": 16, "depths": [1, 1, 1, 1],
            "num_heads": [1, 1, 2, 2], "window_size": 4, "image_size": 64,
            "out_features": ["stage2", "stage3", "stage4"], "out_indices": [2, 3, 4],
        },
        text_config={
            "model_type": "bert", "vocab_size": len(words), "hidden_size": 32,
            "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
            "max_position_embeddings": 64,
        },
        d_model=32, encoder_layers=1, encoder_ffn_dim=64, encoder_attention_heads=4,
        decoder_layers=2, decoder_ffn_dim=64, decoder_attention_heads=4, num_queries=20,
        num_feature_levels=4, max_text_len=64, decoder_bbox_embed_share=True, two_stage=True,
    )  # fmt: skip
    GroundingDinoForObjectDetection(config).save_pretrained(folder)
    vocabulary = {word: number for number, word in enumerate(words)}
    BertTokenizer(vocab=vocabulary).save_pretrained(folder)
    file = folder / "preprocessor_config.json"
    file.write_text('{"size": {"shortest_edge": 64, "longest_edge": 128}}')
