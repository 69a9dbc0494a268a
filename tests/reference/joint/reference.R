# Reference values for tests/joint, made with R and its recommended package survival:
#   Rscript reference.R <folder>
# Data: rows of a small conditional logit (events with the pairs at risk) and times to a step with censoring, both drawn
# here with a fixed seed; nothing is taken from elsewhere.
library(survival)
folder <- commandArgs(trailingOnly = TRUE)[1]
set.seed(20)

n_events <- 60
rows <- do.call(rbind, lapply(seq_len(n_events), function(event) {
  n <- sample(4:9, 1)
  d <- data.frame(event = event, inertia = round(rexp(n), 3), same_site = rbinom(n, 1, .4), shift = rbinom(n, 1, .2))
  eta <- .8 * d$inertia - .5 * d$same_site + .7 * d$shift
  d$own <- as.integer(seq_len(n) == sample(n, 1, prob = exp(eta)))
  d[order(-d$own), ]
}))
write.csv(rows, file.path(folder, "clogit_rows.csv"), row.names = FALSE)
fit <- clogit(own ~ inertia + same_site + shift + strata(event), rows)
s <- summary(fit)$coefficients
write.csv(data.frame(term = rownames(s), estimate = s[, "coef"], se = s[, "se(coef)"], p = s[, "Pr(>|z|)"],
                     null_deviance = -2 * fit$loglik[1], deviance = -2 * fit$loglik[2]),
          file.path(folder, "clogit_fit.csv"), row.names = FALSE)

times <- data.frame(days = sample(c(0, 7, 14, 21, 35, 60), 80, replace = TRUE), reached = rbinom(80, 1, .45),
                    scope = sample(c("within", "across"), 80, replace = TRUE))
write.csv(times, file.path(folder, "km_times.csv"), row.names = FALSE)
km <- function(d, group) {
  s <- summary(survfit(Surv(days, reached) ~ 1, d), times = sort(unique(d$days)))
  data.frame(group = group, days = s$time, n_at_risk = s$n.risk, n_reached = s$n.event, reached = 1 - s$surv)
}
write.csv(rbind(km(times, "all"), km(subset(times, scope == "within"), "within"),
                km(subset(times, scope == "across"), "across")),
          file.path(folder, "km_curve.csv"), row.names = FALSE)
