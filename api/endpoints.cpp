#include "api/endpoints.hpp"

#include <array>

namespace weir::api
{

std::span<group const> all_endpoints()
{
    // Not constexpr: a group lives in its own file, and is constant-initialised there.
    // clang-format off
    static std::array const groups{
        process_endpoints,
        request_endpoints,
        request_change_endpoints,
        asset_endpoints,
        public_endpoints,
        property_endpoints,
        session_endpoints,
        user_endpoints,
        dashboard_endpoints,
        eval_endpoints,
        request_eval_endpoints,
        evaluator_endpoints,
        evaluator_test_endpoints,
        online_evaluator_endpoints,
        experiment_evaluator_endpoints,
        experiment_comparison_endpoints,
        customer_endpoints,
        model_endpoints,
        registry_endpoints,
        comparison_endpoints,
        api_key_endpoints,
        vault_endpoints,
        alert_endpoints,
        setting_endpoints,
        prompt_endpoints,
        prompt_version_endpoints,
        prompt_fill_endpoints,
        prompt_input_endpoints,
        experiment_dataset_endpoints,
        helicone_dataset_endpoints,
        dataset_transfer_endpoints,
        experiment_v2_endpoints,
        experiment_version_endpoints,
        experiment_row_endpoints,
        experiment_score_endpoints,
        experiment_endpoints,
        experiment_query_endpoints,
        experiment_table_endpoints,
        experiment_table_change_endpoints,
        experiment_table_row_endpoints,
        experiment_run_endpoints,
        export_endpoints,
        sql_endpoints,
        logging_endpoints,
        trace_endpoints,
        webhook_endpoints,
        promptlayer_group_endpoints,
        promptlayer_label_endpoints,
        promptlayer_template_endpoints,
        promptlayer_publish_endpoints,
        promptlayer_tracking_endpoints,
        promptlayer_annotation_endpoints,
        promptlayer_request_endpoints,
        promptlayer_span_endpoints,
        promptlayer_trace_endpoints,
        promptlayer_history_dataset_endpoints,
        promptlayer_dataset_endpoints,
        promptlayer_dataset_version_endpoints,
        promptlayer_report_endpoints,
        promptlayer_report_column_endpoints,
        promptlayer_report_run_endpoints,
        promptlayer_evaluation_endpoints,
    };
    // clang-format on
    return groups;
}

} // namespace weir::api
