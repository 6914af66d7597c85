/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ORACLE_GEN_H
#define ORACLE_GEN_H

/*
 * Random meshes for comparing verdicts with renderings: few endpoints, and policies whose rules
 * use every criterion in every combination, with values from pools so small that flows meet them.
 */

#include "libfedpol/policy/verdict.h"
#include "tests/support/fp_test.h"
#include "tests/support/fp_world_test.h"

/* Fills the mesh and commits. East enforces node n1; all clusters are in sync. */
void oracle_fill(fp_test_mesh *mesh, fp_rng *rng);
fp_flow oracle_flow(fp_rng *rng);

#endif
