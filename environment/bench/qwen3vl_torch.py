"""The other side of `bench speed`: Qwen3-VL in PyTorch, operation by operation as transformers' modeling_qwen3_vl.py writes it, without what surrounds it there.

Reads the same safetensors file as Crane and the same made-up inputs, obeys one command a line on stdin, and answers each with one line on stdout:
seconds by the clock and seconds of processor time, or the path of what it wrote. Needs PyTorch alone (Debian: python3-torch, libopenblas0).
"""
import json
import math
import struct
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    assert all(entry["dtype"] == "F32" for entry in header.values())
    return {name: torch.frombuffer(data, dtype=torch.float32, count=math.prod(entry["shape"]), offset=entry["data_offsets"][0]).view(entry["shape"]).clone()
            for name, entry in header.items()}


def rotate_half(x):
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


class Model:
    def __init__(self, folder):
        with open(folder + "/config.json") as file:
            config = json.load(file)
        self.text, self.vision = config["text_config"], config["vision_config"]
        self.weights = read(folder + "/model.safetensors")
        self.heads, self.kv_heads, self.head_dim = self.text["num_attention_heads"], self.text["num_key_value_heads"], self.text["head_dim"]
        self.inverse = 1.0 / (self.text["rope_parameters"]["rope_theta"] ** (torch.arange(0, self.head_dim, 2, dtype=torch.float) / self.head_dim))

    def w(self, name):
        return self.weights["model." + name]

    # Text. A row without pictures has the same position on all three axes, so the interleaved angles are plain ones.

    def norm(self, x, name):
        wide = x.to(torch.float32)
        return self.w(name) * (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.text["rms_norm_eps"])).to(x.dtype)

    def attention(self, x, i, cos, sin, mask, cache, past):
        batch, length, _ = x.shape
        at = f"language_model.layers.{i}.self_attn."
        q = self.norm(F.linear(x, self.w(at + "q_proj.weight")).view(batch, length, -1, self.head_dim), at + "q_norm.weight").transpose(1, 2)
        k = self.norm(F.linear(x, self.w(at + "k_proj.weight")).view(batch, length, -1, self.head_dim), at + "k_norm.weight").transpose(1, 2)
        v = F.linear(x, self.w(at + "v_proj.weight")).view(batch, length, -1, self.head_dim).transpose(1, 2)
        q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
        if cache is not None:                                                          # preallocated: cheaper than transformers' DynamicCache, which joins
            keys, values = cache[i]
            keys[:, :, past:past + length] = k
            values[:, :, past:past + length] = v
            k, v = keys[:, :, :past + length], values[:, :, :past + length]
        groups = self.heads // self.kv_heads
        k, v = (t[:, :, None].expand(-1, -1, groups, -1, -1).reshape(batch, self.heads, -1, self.head_dim) for t in (k, v))
        scores = torch.matmul(q, k.transpose(2, 3)) * self.head_dim ** -0.5
        if mask is not None:
            scores = scores + mask
        seen = torch.matmul(F.softmax(scores, dim=-1, dtype=torch.float32), v)
        return F.linear(seen.transpose(1, 2).reshape(batch, length, -1), self.w(at + "o_proj.weight"))

    def mlp(self, x, i):
        at = f"language_model.layers.{i}.mlp."
        return F.linear(F.silu(F.linear(x, self.w(at + "gate_proj.weight"))) * F.linear(x, self.w(at + "up_proj.weight")), self.w(at + "down_proj.weight"))

    def hidden(self, ids, cache=None, past=0):
        length = ids.shape[1]
        angles = torch.arange(past, past + length, dtype=torch.float)[:, None] * self.inverse
        both = torch.cat((angles, angles), dim=-1)[None, None]
        cos, sin = both.cos(), both.sin()
        mask = torch.full((length, length), -math.inf).triu(1) if length > 1 else None
        x = F.embedding(ids, self.w("language_model.embed_tokens.weight"))
        for i in range(self.text["num_hidden_layers"]):
            at = f"language_model.layers.{i}."
            x = x + self.attention(self.norm(x, at + "input_layernorm.weight"), i, cos, sin, mask, cache, past)
            x = x + self.mlp(self.norm(x, at + "post_attention_layernorm.weight"), i)
        return self.norm(x, "language_model.norm.weight")

    def logits(self, hidden):
        return F.linear(hidden, self.w("language_model.embed_tokens.weight"))

    def cache(self, batch, capacity):
        return [tuple(torch.zeros(batch, self.kv_heads, capacity, self.head_dim) for _ in range(2)) for _ in range(self.text["num_hidden_layers"])]

    @torch.no_grad()
    def generate(self, ids, count):
        cache, past, written = self.cache(ids.shape[0], ids.shape[1] + count), ids.shape[1], []
        logits = self.logits(self.hidden(ids, cache)[:, -1])
        while True:
            written.append(logits.argmax(-1, keepdim=True))
            if len(written) == count:
                return torch.cat(written, dim=1)
            logits, past = self.logits(self.hidden(written[-1], cache, past)[:, -1]), past + 1

    # Pictures, all of one size.

    def see(self, pixels, count, height, width):
        v, hidden = self.vision, self.vision["hidden_size"]
        head_dim, merge = hidden // v["num_heads"], v["spatial_merge_size"]
        x = F.linear(pixels, self.w("visual.patch_embed.proj.weight").flatten(1), self.w("visual.patch_embed.proj.bias"))
        x = x + self.positions(height, width).repeat(count, 1)
        rows, columns = (t.flatten() for t in torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij"))
        places = torch.stack((rows, columns), 1)[self.merge_order(height, width)].to(torch.float)
        inverse = 1.0 / (v["rope_parameters"]["rope_theta"] ** (torch.arange(0, head_dim // 2, 2, dtype=torch.float) / (head_dim // 2)))
        angles = (places[:, :, None] * inverse).flatten(1).repeat(count, 1)
        both = torch.cat((angles, angles), -1)[:, None]
        cos, sin, early = both.cos(), both.sin(), []
        for i in range(v["depth"]):
            at = f"visual.blocks.{i}."
            y = self.layer_norm(x, at + "norm1")
            q, k, value = self.linear(y, at + "attn.qkv").view(x.shape[0], 3, v["num_heads"], head_dim).unbind(1)
            q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
            q, k, value = (t.view(count, -1, v["num_heads"], head_dim).transpose(1, 2) for t in (q, k, value))
            seen = torch.matmul(F.softmax(torch.matmul(q, k.transpose(2, 3)) * head_dim ** -0.5, dim=-1, dtype=torch.float32), value)
            x = x + self.linear(seen.transpose(1, 2).reshape(x.shape[0], -1), at + "attn.proj")
            y = self.linear(self.layer_norm(x, at + "norm2"), at + "mlp.linear_fc1")
            x = x + self.linear(F.gelu(y, approximate="tanh"), at + "mlp.linear_fc2")
            if i in v["deepstack_visual_indexes"]:
                at = f"visual.deepstack_merger_list.{v['deepstack_visual_indexes'].index(i)}."
                early.append(self.merger(self.layer_norm(x.view(-1, hidden * merge ** 2), at + "norm"), at))
        return self.merger(self.layer_norm(x, "visual.merger.norm").view(-1, hidden * merge ** 2), "visual.merger."), early

    def linear(self, x, name):
        return F.linear(x, self.w(name + ".weight"), self.w(name + ".bias"))

    def layer_norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.w(name + ".weight"), self.w(name + ".bias"), 1e-6)

    def merger(self, x, at):
        return self.linear(F.gelu(self.linear(x, at + "linear_fc1")), at + "linear_fc2")

    def merge_order(self, height, width):
        merge = self.vision["spatial_merge_size"]
        return torch.arange(height * width).view(height // merge, merge, width // merge, merge).permute(0, 2, 1, 3).flatten()

    def positions(self, height, width):
        table = self.w("visual.pos_embed.weight")
        side = int(table.shape[0] ** 0.5)
        y, x = torch.linspace(0, side - 1, height), torch.linspace(0, side - 1, width)
        y0, x0 = y.int(), x.int()
        y1, x1 = (y0 + 1).clip(max=side - 1), (x0 + 1).clip(max=side - 1)
        dy, dx = (y - y0)[:, None], (x - x0)[None]
        at = lambda rows, columns: table[(rows[:, None] * side + columns[None]).flatten().long()]
        weight = lambda t: t.flatten()[:, None]
        sum_ = weight((1 - dy) * (1 - dx)) * at(y0, x0) + weight((1 - dy) * dx) * at(y0, x1) + weight(dy * (1 - dx)) * at(y1, x0) + weight(dy * dx) * at(y1, x1)
        return sum_[self.merge_order(height, width)]


def made_up_ids(batch, length):
    return (torch.arange(batch)[:, None] * 104_729 + torch.arange(length)[None] * 7_919 + 13) % 1_500


def made_up_pixels(patches, values):
    return ((torch.arange(patches * values) * 37) % 255).to(torch.float32).div(127.5).sub(1).view(patches, values)


class Trainer:
    def __init__(self, model):
        self.model = model
        for weight in model.weights.values():
            weight.requires_grad_(True)
        self.learnt = [weight for name, weight in model.weights.items() if "visual" not in name]
        self.optimizer = torch.optim.AdamW(self.learnt, lr=1e-4, foreach=True)         # the quicker of its two ways

    def step(self, ids):
        self.optimizer.zero_grad(set_to_none=True)
        logits = self.model.logits(self.model.hidden(ids))
        loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learnt, 1.0)
        self.optimizer.step()
        return loss.item()


def main():
    folder = sys.argv[1]
    model, trainer = Model(folder), None
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        command, *words = line.split()
        numbers = [int(word) for word in words if word.isdigit()]
        wall, processor, answer = time.perf_counter(), time.process_time(), ""
        with torch.set_grad_enabled(command == "train"):
            if command == "prefill":
                ids = made_up_ids(*numbers)
                answer = model.logits(model.hidden(ids, model.cache(*numbers))[:, -1])
            elif command == "decode":
                batch, prompt, count = numbers
                answer = model.generate(made_up_ids(batch, prompt), count)
            elif command == "see":
                count, height, width = numbers
                values = 3 * model.vision["temporal_patch_size"] * model.vision["patch_size"] ** 2
                merged, early = model.see(made_up_pixels(count * height * width, values), count, height, width)
                answer = torch.stack([merged, *early])
            elif command == "train":
                trainer = trainer or Trainer(Model(folder))
                answer = torch.tensor([trainer.step(made_up_ids(*numbers))])
        seconds = f"{time.perf_counter() - wall:.6f} {time.process_time() - processor:.6f}"
        if words[-1].startswith("/"):
            with open(words[-1], "wb") as file:
                file.write(answer.to(torch.float32).contiguous().numpy().tobytes())
        print(seconds, flush=True)


main()
