/** Constants of the formulas that both implementations compute. */

/** What keeps a norm's division finite (Hugging Face's layer_norm_epsilon of GPT-2, rms_norm_eps of LLaMA). */
export const NORM_EPSILON = 1e-5

/** AdamW's (Loshchilov and Hutter 2019, arXiv 1711.05101) as PyTorch has them. */
export const BETA_1 = 0.9
export const BETA_2 = 0.999
export const ADAMW_EPSILON = 1e-8
