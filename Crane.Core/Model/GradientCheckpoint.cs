using TorchSharp;
using static TorchSharp.torch;

namespace Crane.Core.Model;

/// <summary>Runs a layer without keeping its inner values: the backward pass computes them again. Costs a second forward pass, saves the memory of all layers
/// but
/// one; the gradients have the same bits (arXiv 1604.06174; PyTorch <c>torch.utils.checkpoint</c>, the reentrant kind).</summary>
internal static class GradientCheckpoint
{
    /// <summary>One step through a layer.</summary>
    /// <param name="layer">The layer; called once now and once in the backward pass.</param>
    /// <param name="x"><c>[batch, length, hidden]</c>, with gradient.</param>
    /// <param name="context">Angles and mask, which are kept for the second call; a watch sees the first only.</param>
    public static Tensor Run(Func<Tensor, AttentionContext, Tensor> layer, Tensor x, AttentionContext context) => Recomputed.apply(x, new Call(layer, context));

    private sealed record Call(Func<Tensor, AttentionContext, Tensor> Layer, AttentionContext Context);

    private sealed class Recomputed : autograd.SingleTensorFunction<Recomputed>
    {
        public override string Name => nameof(GradientCheckpoint);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var x = (Tensor)vars[0];
            var call = (Call)vars[1];
            ctx.save_data(nameof(Call), call);   // not in a field: TorchSharp shares one instance among all calls
            // Saved tensors outlive the caller's dispose scope. Dropout has to fall the same way twice, hence the state of the generator.
            var context = call.Context;
            var random = Generator.Default.get_state();   // must live until this call has returned: only then are the saved tensors taken over
            ctx.save_for_backward([x, context.Rotary.Cos, context.Rotary.Sin, random, .. context.Mask is null ? Array.Empty<Tensor>() : [context.Mask]]);
            using var none = no_grad();
            return call.Layer(x, context);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad)
        {
            using var scope = NewDisposeScope();
            var saved = ctx.get_saved_variables();
            var call = (Call)ctx.get_data(nameof(Call));
            var context = call.Context with { Rotary = new(saved[1], saved[2]), Mask = saved.Count > 4 ? saved[4] : null, Watch = null };
            var x = saved[0].detach().requires_grad_(true);
            var now = Generator.Default.get_state();
            Generator.Default.set_state(saved[3]);
            using (enable_grad()) call.Layer(x, context).backward([grad]);
            Generator.Default.set_state(now);
            return [x.grad!.MoveToOuterDisposeScope(), null!];
        }
    }
}
