# More reference values for tests/network, from R's sna and igraph, on the networks of networks.csv.
# Run in this folder, after make_reference.R: Rscript more_reference.R. Writes more_values.csv.
suppressMessages({library(sna)})
rows <- list()
put <- function(network, measure, value, by = "", actor = "") {
  rows[[length(rows) + 1]] <<- data.frame(
    network = network, measure = measure, by = as.character(by), actor = as.character(actor),
    value = as.numeric(value), stringsAsFactors = FALSE)
}
long <- read.csv("networks.csv")
read <- function(name) {
  part <- long[long$network == name, ]
  group <- part$group[is.na(part$target)]
  n <- length(group)
  at <- part[!is.na(part$target), ]
  value <- matrix(0, n, n)
  value[cbind(at$source, at$target)] <- at$weight
  list(value = value, ties = (value > 0) * 1, group = group, n = n)
}
networks <- lapply(c(small = "small", middle = "middle", dense = "dense", sparse = "sparse"), read)

for (name in names(networks)) {
  net <- networks[[name]]; g <- net$ties; n <- net$n
  ig <- igraph::graph_from_adjacency_matrix(g)
  weak <- igraph::as.undirected(ig, mode = "collapse")
  put(name, "n_strong_components", igraph::components(ig, mode = "strong")$no)
  put(name, "largest_component", max(igraph::components(ig, mode = "weak")$csize))
  put(name, "largest_strong_component", max(igraph::components(ig, mode = "strong")$csize))
  put(name, "mean_distance", igraph::mean_distance(ig, directed = TRUE))
  put(name, "diameter", igraph::diameter(ig, directed = TRUE))
  put(name, "clustering_mean", igraph::transitivity(weak, type = "localaverage", isolates = "NaN"))
  put(name, "assortativity_degree", igraph::assortativity_degree(ig, directed = TRUE))
  out <- geodist(g, inf.replace = n)$gdist
  both <- (g + t(g) > 0) * 1
  clustering <- igraph::transitivity(weak, type = "local", isolates = "NaN")
  actor <- list(
    closeness_out = (n - 1) / rowSums(out), closeness_in = (n - 1) / colSums(out),
    clustering = clustering)
  if (name != "sparse") actor$eigenvector <- abs(evcent(both, gmode = "graph", use.eigen = TRUE))
  for (measure in names(actor)) for (i in seq_len(n)) put(name, measure, actor[[measure]][i], actor = i)
  far <- sedist(g, method = "euclidean")
  put(name, "sedist", far[1, 2], "1 2"); put(name, "sedist", far[2, 5], "2 5"); put(name, "sedist", sum(far), "sum")
}

# Regressions of "middle", as in make_reference.R, with what lm and glm say beside.
middle <- networks$middle; n <- middle$n; off <- row(middle$ties) != col(middle$ties)
noise <- matrix(0, n, n); at <- read.csv("noise.csv"); noise[cbind(at$source, at$target)] <- at$value
same <- outer(middle$group, middle$group, "==") * 1
terms <- c("intercept", "same", "returned", "noise")
frame <- data.frame(same = same[off], returned = t(middle$ties)[off], noise = noise[off])
linear <- summary(lm(middle$value[off] ~ ., frame))
put("middle", "lm_r2", linear$r.squared); put("middle", "lm_r2_adjusted", linear$adj.r.squared)
logit <- glm(middle$ties[off] ~ ., frame, family = binomial())
put("middle", "glm_deviance", logit$deviance); put("middle", "glm_null_deviance", logit$null.deviance)
put("middle", "glm_aic", logit$aic)
for (k in 1:4) {
  put("middle", "lm_se", linear$coefficients[k, 2], terms[k])
  put("middle", "glm_se", summary(logit)$coefficients[k, 2], terms[k])
}
x <- array(0, c(3, n, n)); x[1, , ] <- same; x[2, , ] <- t(middle$ties); x[3, , ] <- noise
set.seed(31)
fit <- netlm(middle$value, x, nullhyp = "qapy", reps = 2000)
for (k in 2:4) put("middle", "netlm_qapy_p", fit$pgreqabs[k], terms[k])
fit <- netlogit(middle$ties, x, nullhyp = "qapy", reps = 400)
for (k in 2:4) put("middle", "netlogit_qapy_p", fit$pgreqabs[k], terms[k])
q <- qaptest(array(rbind(c(middle$ties), c(same)), c(2, n, n)), gcor, g1 = 1, g2 = 2, reps = 4000)
put("middle", "qap_p_greater", q$pgreq); put("middle", "qap_p_less", q$pleeq)

# One wave, edges and covariates without mutual: logistic regression of cells.
logit <- glm(middle$ties[off] ~ same[off], family = binomial())
put("middle", "one_wave_log_likelihood", as.numeric(logLik(logit))); put("middle", "one_wave_aic", logit$aic)
for (k in 1:2) put("middle", "one_wave", coef(logit)[k], c("edges", "same_group")[k])

# Influence: earlier score and exposure, and Freedman and Lane's permutation with draws that are written down.
set.seed(32)
earlier <- round(rnorm(n, 3), 3)
total <- rowSums(middle$value)
exposure <- ifelse(total > 0, (middle$value %*% earlier) / total, NA)
later <- round(0.5 * earlier + 0.3 * ifelse(is.na(exposure), 3, exposure) + rnorm(n, sd = 0.5), 3)
write.csv(data.frame(earlier = earlier, later = later), "scores.csv", row.names = FALSE, quote = FALSE)
known <- !is.na(exposure)
y <- later[known]; a <- earlier[known]; e <- exposure[known]
fit <- summary(lm(y ~ a + e))
for (k in 1:3) {
  put("middle", "influence", fit$coefficients[k, 1], c("intercept", "earlier_score", "exposure")[k])
  put("middle", "influence_t", fit$coefficients[k, 3], c("intercept", "earlier_score", "exposure")[k])
}
put("middle", "influence_r2", fit$r.squared)
draws <- t(replicate(199, sample(length(y))))
write.csv(draws - 1, "draws.csv", row.names = FALSE, quote = FALSE)
reduced <- lm(y ~ a)
null <- apply(draws, 1, function(order) {
  again <- fitted(reduced) + residuals(reduced)[order]
  summary(lm(again ~ a + e))$coefficients[3, 3]
})
put("middle", "influence_p", (sum(abs(null) >= abs(fit$coefficients[3, 3])) + 1) / 200, "exposure")

values <- do.call(rbind, rows)
values$value <- signif(values$value, 12)
write.csv(values, "more_values.csv", row.names = FALSE, quote = FALSE)
