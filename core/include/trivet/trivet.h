/**
 * @file trivet.h
 * All that a program needs. Drivers include driver.h besides.
 */
#ifndef TRIVET_TRIVET_H
#define TRIVET_TRIVET_H

#include <trivet/arena.h>
#include <trivet/db.h>
#include <trivet/model.h>
#include <trivet/module.h>
#include <trivet/monitor.h>
#include <trivet/plugin.h>
#include <trivet/pool.h>
#include <trivet/query.h>
#include <trivet/registry.h>
#include <trivet/replica.h>
#include <trivet/runtime.h>
#include <trivet/session.h>
#include <trivet/sql.h>
#include <trivet/status.h>
#include <trivet/types.h>

#endif
