using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Crane.Core.Model;

/// <summary>x Wᵀ + b by the fastest way that this machine has, with its gradients.</summary>
internal static class MatrixProduct
{
    private const long FewRows = 16;   // below, the call costs more than it saves

    /// <summary>A linear map.</summary>
    /// <param name="x"><c>[..., in]</c>.</param>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="bias"><c>[out]</c>, or null.</param>
    /// <returns><c>[..., out]</c>.</returns>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null)
    {
        if (!OneDnn.IsFaster || x.device_type != DeviceType.CPU || x.dtype != ScalarType.Float32 || weight.dtype != ScalarType.Float32
            || x.numel() < FewRows * weight.shape[1])
            return F.linear(x, weight, bias);
        if (is_grad_enabled() && (x.requires_grad || weight.requires_grad || bias?.requires_grad == true))
            return bias is null ? Learnt.apply(x, weight) : Learnt.apply(x, weight, bias);
        using var none = no_grad();
        return OneDnn.Linear(x, weight, bias);
    }

    /// <summary>y = x Wᵀ + b: ∂x = ∂y W, ∂W = ∂yᵀ x, ∂b = Σ ∂y.</summary>
    private sealed class Learnt : autograd.SingleTensorFunction<Learnt>
    {
        private const string Wanted = nameof(Wanted);

        public override string Name => nameof(MatrixProduct);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, weight, bias) = ((Tensor)vars[0], (Tensor)vars[1], vars.Length > 2 ? (Tensor)vars[2] : null);
            ctx.save_data(Wanted, vars.Select(variable => ((Tensor)variable).requires_grad).ToArray());
            ctx.save_for_backward([x, weight]);
            using var none = no_grad();
            return OneDnn.Linear(x, weight, bias);
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad)
        {
            using var scope = NewDisposeScope();
            var saved = ctx.get_saved_variables();
            var (x, weight) = (saved[0], saved[1]);
            var wanted = (bool[])ctx.get_data(Wanted);
            var rows = grad.reshape(-1, grad.shape[^1]);                                                        // [rows, out]
            Tensor Given(bool want, Func<Tensor> gradient) => want ? gradient().MoveToOuterDisposeScope() : null!;
            List<Tensor> gradients =
            [
                Given(wanted[0], () => OneDnn.Linear(grad, weight.t())),                                        // [..., in]
                Given(wanted[1], () => OneDnn.Linear(rows.t(), x.reshape(-1, x.shape[^1]).t())),                // [out, in]
            ];
            if (wanted.Length > 2) gradients.Add(Given(wanted[2], () => rows.sum(dim: 0)));
            return gradients;
        }
    }
}
