# Reference values for tests/network, from R's sna and igraph (Debian: r-base-core r-cran-sna r-cran-igraph).
# Run in this folder: Rscript make_reference.R
# Writes networks.csv (generated networks, seeded), values.csv (one value a row), versions.csv.
# igraph is called by igraph:: throughout, because it and sna share names.
suppressMessages({library(sna)})

rows <- list()
put <- function(network, measure, value, by = "", actor = "") {
  rows[[length(rows) + 1]] <<- data.frame(
    network = network, measure = measure, by = as.character(by), actor = as.character(actor),
    value = as.numeric(value), stringsAsFactors = FALSE)
}

make <- function(n, seed, density, n_groups, returned = 0.3, inside = 2) {
  set.seed(seed)
  group <- sample(rep_len(seq_len(n_groups), n))
  chance <- density * ifelse(outer(group, group, "=="), inside, 1)
  ties <- matrix(rbinom(n * n, 1, pmin(chance, 0.9)), n, n)
  back <- matrix(rbinom(n * n, 1, returned), n, n)
  ties <- pmax(ties, t(ties) * back)
  diag(ties) <- 0
  value <- ties * matrix(sample(1:4, n * n, replace = TRUE), n, n)
  list(value = value, ties = ties, group = group)
}

networks <- list(
  small = make(12, 11, 0.20, 2), middle = make(30, 12, 0.10, 3), dense = make(20, 13, 0.35, 4),
  sparse = make(40, 14, 0.015, 3))

long <- do.call(rbind, lapply(names(networks), function(name) {
  net <- networks[[name]]
  at <- which(net$value > 0, arr.ind = TRUE)
  rbind(
    data.frame(network = name, source = seq_along(net$group), target = NA, weight = NA, group = net$group),
    data.frame(network = name, source = at[, 1], target = at[, 2], weight = net$value[at], group = NA))
}))
write.csv(long, "networks.csv", row.names = FALSE, na = "", quote = FALSE)

for (name in names(networks)) {
  g <- networks[[name]]$ties; w <- networks[[name]]$value; cl <- networks[[name]]$group; n <- nrow(g)
  ig <- igraph::graph_from_adjacency_matrix(g)
  put(name, "density", gden(g)); put(name, "n_ties", sum(g))
  census <- dyad.census(g)
  put(name, "mutual", census[1]); put(name, "asymmetric", census[2]); put(name, "null", census[3])
  put(name, "reciprocity_dyad", grecip(g, measure = "dyadic.nonnull"))
  put(name, "reciprocity_arc", grecip(g, measure = "edgewise"))
  put(name, "reciprocity_sna_default", grecip(g))
  put(name, "reciprocity_igraph", igraph::reciprocity(ig))
  put(name, "transitivity", gtrans(g))
  put(name, "transitivity_igraph", igraph::transitivity(ig))
  triads <- sna::triad.census(g)
  for (kind in colnames(triads)) put(name, "triad_census", triads[1, kind], kind)
  put(name, "centralization_in", sna::centralization(g, sna::degree, cmode = "indegree"))
  put(name, "centralization_out", sna::centralization(g, sna::degree, cmode = "outdegree"))
  put(name, "centralization_betweenness", sna::centralization(g, sna::betweenness))
  put(name, "centralization_in_igraph_default", igraph::centr_degree(ig, mode = "in")$centralization)
  put(name, "n_components", sna::components(g, connected = "weak"))
  put(name, "n_components_sna_default", sna::components(g))
  put(name, "n_isolates", length(sna::isolates(g)))
  put(name, "modularity", igraph::modularity(ig, cl, directed = TRUE), "group")
  put(name, "assortativity", igraph::assortativity_nominal(ig, cl, directed = TRUE), "group")
  off <- row(w) != col(w)
  put(name, "weight_reciprocity_correlation", cor(w[off], t(w)[off]))
  put(name, "weight_mean", mean(w[w > 0]))
  actor <- list(
    in_degree = sna::degree(g, cmode = "indegree"), out_degree = sna::degree(g, cmode = "outdegree"),
    in_strength = colSums(w), out_strength = rowSums(w),
    betweenness = sna::betweenness(g),
    closeness_harmonic_out = sna::closeness(g, cmode = "suminvdir"),
    closeness_harmonic_in = sna::closeness(t(g), cmode = "suminvdir"),
    pagerank = igraph::page_rank(ig)$vector, k_core = sna::kcores(g, cmode = "freeman"),
    constraint = igraph::constraint(ig))
  for (measure in names(actor)) for (i in seq_len(n)) put(name, measure, actor[[measure]][i], actor = i)
  roles <- c("coordinator", "itinerant", "representative", "gatekeeper", "liaison")
  b <- brokerage(g, cl)
  for (k in 1:5) for (i in seq_len(n)) {
    put(name, paste0("brokerage_", roles[k]), b$raw.nli[i, k], "group", i)
    put(name, paste0("brokerage_", roles[k], "_z"), b$z.nli[i, k], "group", i)
  }
}

# Rows of people who did not answer: available cases.
g <- networks$middle$ties; g[c(3, 8), ] <- NA
put("middle_rows_3_8_unknown", "density", gden(g))

# QAP correlation and MRQAP: the value exactly, p by many permutations.
set.seed(21)
middle <- networks$middle; n <- 30
same <- outer(middle$group, middle$group, "==") * 1
noise <- matrix(rnorm(n * n), n, n)
q <- qaptest(array(rbind(c(middle$ties), c(same)), c(2, n, n)), gcor, g1 = 1, g2 = 2, reps = 4000)
put("middle", "qap_correlation", q$testval, "same_group")
put("middle", "qap_null_sd", sd(q$dist), "same_group")
put("middle", "qap_p_two_sided", mean(abs(q$dist) >= abs(q$testval)), "same_group")
x <- array(0, c(3, n, n)); x[1, , ] <- same; x[2, , ] <- t(middle$ties); x[3, , ] <- noise
write.csv(data.frame(source = c(row(noise)), target = c(col(noise)), value = c(noise)), "noise.csv", row.names = FALSE)
terms <- c("intercept", "same", "returned", "noise")
fit <- netlm(middle$value, x, reps = 2000)
for (k in 1:4) {
  put("middle", "netlm_estimate", fit$coefficients[k], terms[k]); put("middle", "netlm_t", fit$tstat[k], terms[k])
  if (k > 1) put("middle", "netlm_p", fit$pgreqabs[k], terms[k])
}
holes <- middle$value; holes[c(3, 8), ] <- NA
fit <- suppressWarnings(netlm(holes, x, nullhyp = "classical"))
for (k in 1:4) {
  put("middle_rows_3_8_unknown", "netlm_estimate", fit$coefficients[k], terms[k])
  put("middle_rows_3_8_unknown", "netlm_t", fit$coefficients[k] / sqrt(diag(chol2inv(fit$qr$qr)) *
    sum(fit$residuals^2) / fit$df.residual)[k], terms[k])
}
fit <- netlogit(middle$ties, x, reps = 500)
for (k in 1:4) {
  put("middle", "netlogit_estimate", fit$coefficients[k], terms[k])
  if (k > 1) put("middle", "netlogit_p", fit$pgreqabs[k], terms[k])
}

# Conditional uniform graph tests.
set.seed(22)
for (condition in c("size", "edges", "dyad.census")) {
  test <- cug.test(middle$ties, gtrans, cmode = condition, reps = 2000)
  put("middle", "cug_mean", mean(test$rep.stat), paste("transitivity", condition))
  put("middle", "cug_sd", sd(test$rep.stat), paste("transitivity", condition))
}
test <- cug.test(middle$ties, grecip, cmode = "edges", reps = 4000, FUN.args = list(measure = "edgewise"))
put("middle", "cug_mean", mean(test$rep.stat), "reciprocity_arc edges")
put("middle", "cug_sd", sd(test$rep.stat), "reciprocity_arc edges")
test <- cug.test(middle$ties, sna::centralization, cmode = "edges", reps = 2000,
  FUN.args = list(FUN = sna::degree, cmode = "indegree"))
put("middle", "cug_mean", mean(test$rep.stat), "centralization_in edges")

# A second wave of "middle", and its models of change: logistic regression without the mutual term, and the exact
# likelihood with it, written out state by state and maximised by optim (an implementation of its own).
set.seed(23)
y0 <- middle$ties
p <- plogis(ifelse(y0 == 1, 0.6, -2.6) + 0.8 * same + 0.5 * t(y0))
y1 <- matrix(rbinom(n * n, 1, p), n, n); diag(y1) <- 0
at <- which(y1 > 0, arr.ind = TRUE)
write.csv(data.frame(source = at[, 1], target = at[, 2]), "second_wave.csv", row.names = FALSE, quote = FALSE)
off <- row(y0) != col(y0)
for (model in c("formation", "persistence")) {
  risk <- off & (y0 == (model == "persistence"))
  fit <- summary(glm(y1[risk] ~ same[risk], family = binomial()))$coefficients
  for (k in 1:2) {
    put("middle", paste0(model, "_without_mutual"), fit[k, 1], c("edges", "same_group")[k])
    put("middle", paste0(model, "_without_mutual_se"), fit[k, 2], c("edges", "same_group")[k])
  }
  loglik <- function(theta) {
    total <- 0
    for (i in 1:(n - 1)) for (j in (i + 1):n) {
      before <- c(y0[i, j], y0[j, i])
      union <- if (model == "formation") pmax(before, c(y1[i, j], y1[j, i])) else pmin(before, c(y1[i, j], y1[j, i]))
      energy <- function(s) theta[1] * sum(s) + theta[2] * prod(s) + theta[3] * sum(s) * same[i, j]
      states <- list(c(0, 0), c(1, 0), c(0, 1), c(1, 1))
      allowed <- Filter(function(s) if (model == "formation") all(s >= before) else all(s <= before), states)
      total <- total + energy(union) - log(sum(exp(sapply(allowed, energy))))
    }
    total
  }
  fit <- optim(c(0, 0, 0), function(theta) -loglik(theta), method = "BFGS", hessian = TRUE,
    control = list(reltol = 1e-12))
  se <- sqrt(diag(solve(fit$hessian)))
  for (k in 1:3) {
    put("middle", model, fit$par[k], c("edges", "mutual", "same_group")[k])
    put("middle", paste0(model, "_se"), se[k], c("edges", "mutual", "same_group")[k])
  }
}

values <- do.call(rbind, rows)
values$value <- signif(values$value, 12)
write.csv(values, "values.csv", row.names = FALSE, quote = FALSE)
write.csv(data.frame(what = c("R", "sna", "igraph"), version = c(as.character(getRversion()),
  as.character(packageVersion("sna")), as.character(packageVersion("igraph")))), "versions.csv", row.names = FALSE)
