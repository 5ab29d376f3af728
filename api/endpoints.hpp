#pragma once

#include "api/endpoint.hpp"

#include <span>

namespace weir::api
{

/// Everything that the admin side serves.
std::span<group const> all_endpoints();

extern group const process_endpoints;        ///< health, metrics, the API's own description
extern group const request_endpoints;        ///< recorded calls
extern group const request_change_endpoints; ///< what is said of them afterwards
extern group const asset_endpoints;          ///< images of requests
extern group const public_endpoints;         ///< what signed links lead to
extern group const property_endpoints;
extern group const session_endpoints;
extern group const user_endpoints;
extern group const dashboard_endpoints;
extern group const eval_endpoints, request_eval_endpoints;
extern group const evaluator_endpoints;        ///< who scores calls
extern group const evaluator_test_endpoints;   ///< what they would say
extern group const online_evaluator_endpoints; ///< those of live traffic
extern group const experiment_evaluator_endpoints;
extern group const experiment_comparison_endpoints; ///< what experiments have shown
extern group const customer_endpoints;
extern group const model_endpoints;
extern group const registry_endpoints;   ///< models that have a price
extern group const comparison_endpoints; ///< how models did
extern group const api_key_endpoints;    ///< API keys, keys of providers, proxy keys
extern group const alert_endpoints;      ///< alerts
extern group const prompt_endpoints;     ///< prompts
extern group const prompt_version_endpoints;
extern group const prompt_fill_endpoints;                                  ///< what is in production
extern group const prompt_input_endpoints;                                 ///< what it was called with
extern group const setting_endpoints;                                      ///< what the installation does
extern group const vault_endpoints;                                        ///< keys of providers
extern group const sql_endpoints;                                          ///< SQL over the record
extern group const experiment_dataset_endpoints;                           ///< datasets of inputs
extern group const helicone_dataset_endpoints;                             ///< datasets of copies of calls
extern group const dataset_transfer_endpoints;                             ///< these as files
extern group const experiment_v2_endpoints;                                ///< experiments of the second kind
extern group const experiment_version_endpoints, experiment_row_endpoints; ///< their columns and rows
extern group const experiment_score_endpoints;                             ///< what their outputs were given
extern group const experiment_endpoints;                                   ///< experiments of the first kind
extern group const experiment_query_endpoints;                             ///< with all that they have
extern group const experiment_table_endpoints, experiment_table_change_endpoints,
    experiment_table_row_endpoints;          ///< as tables
extern group const experiment_run_endpoints; ///< what experiments have called
extern group const export_endpoints;         ///< all recorded calls at once

extern group const logging_endpoints; ///< calls logged by hand, at the gateway's paths
extern group const trace_endpoints;   ///< calls logged by hand or by OpenTelemetry
extern group const webhook_endpoints; ///< who is told of recorded calls

// PromptLayer's, in api/promptlayer/.
extern group const promptlayer_group_endpoints;                             ///< groups of calls
extern group const promptlayer_label_endpoints;                             ///< labels of versions of prompts
extern group const promptlayer_template_endpoints;                          ///< prompts as templates
extern group const promptlayer_publish_endpoints;                           ///< how they are published
extern group const promptlayer_tracking_endpoints;                          ///< calls that were made
extern group const promptlayer_annotation_endpoints;                        ///< what is said of them afterwards
extern group const promptlayer_request_endpoints;                           ///< reading them
extern group const promptlayer_span_endpoints, promptlayer_trace_endpoints; ///< spans of traces
extern group const promptlayer_history_dataset_endpoints, promptlayer_dataset_endpoints,
    promptlayer_dataset_version_endpoints; ///< tables of cells
extern group const promptlayer_report_endpoints, promptlayer_report_column_endpoints, promptlayer_report_run_endpoints,
    promptlayer_evaluation_endpoints; ///< evaluations of these

} // namespace weir::api
