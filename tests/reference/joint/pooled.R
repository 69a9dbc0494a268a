# Random-effects summaries by metafor, for tests/joint/test_pooled.py: Rscript pooled.R, in this folder.
suppressMessages(library(metafor))
set.seed(9)
examples <- list(
  # Berkey et al. (1995) / BCG vaccine trials: log risk ratios, as shipped with metafor
  bcg = with(escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg), data.frame(yi = as.numeric(yi), vi = vi)),
  alike = data.frame(yi = c(0.10, 0.11, 0.09, 0.105, 0.098), vi = rep(0.01, 5)),
  apart = data.frame(yi = rnorm(15, 0.3, 0.5), vi = runif(15, 0.001, 0.05))
)
rows <- do.call(rbind, lapply(names(examples), function(name) cbind(example = name, examples[[name]])))
fitted <- do.call(rbind, lapply(names(examples), function(name) {
  fit <- rma(yi, vi, data = examples[[name]], method = "PM", test = "knha", control = list(tol = 1e-14, maxiter = 1000))
  ahead <- predict(fit)
  spread <- confint(fit, control = list(tol = 1e-12))$random["tau^2", ]
  data.frame(example = name, estimate = fit$b[1], low = fit$ci.lb, high = fit$ci.ub, predicted_low = ahead$pi.lb,
             predicted_high = ahead$pi.ub, tau2 = fit$tau2, tau2_low = spread[["ci.lb"]], tau2_high = spread[["ci.ub"]],
             i2 = fit$I2 / 100, q = fit$QE, q_p = fit$QEp)
}))
write.csv(format(rows, digits = 15), "pooled_values.csv", row.names = FALSE, quote = FALSE)
write.csv(format(fitted, digits = 15), "pooled_fit.csv", row.names = FALSE, quote = FALSE)
cat("metafor", as.character(packageVersion("metafor")), "\n")
