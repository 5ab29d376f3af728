#pragma once

#include "experiments/experiment_file.hpp"
#include "experiments/report.hpp"
#include "weir/admin_client.hpp"

#include <boost/json/array.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weir
{

/// What the file says that the weir which is to run it cannot do: one line for people.
struct file_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// An experiment of a file as it is made, run and scored over the REST API of a weir. What goes wrong is thrown as
/// admin_error. The file and the client outlive it.
class experiment_run
{
public:
    experiment_run(admin_client& weir, experiments::experiment_file const& what);

    /// Looks for what the file names of the record, and makes its evaluators where there are none that are the same; a
    /// file_error says what is not there or cannot be. Nothing else is made.
    void prepare();

    /// The names of its evaluators in the record, and of the scores that it will have, once it was prepared.
    std::vector<std::string> evaluator_names() const;
    std::vector<std::string> score_names() const;

    /// Makes all else that the experiment needs: prompt versions, dataset, hypotheses.
    void make();

    /// Has the calls made, and waits for them; a bar on the terminal shows how far they are. `is_over` ends the
    /// waiting.
    void run(std::function<bool()> const& is_over);

    /// What was cancelled: runs, and answers that evaluators were still to score.
    struct cancelled_work {
        std::int64_t runs = 0, scores = 0;
    };
    /// Cancels what has not ended, over a connection of its own.
    cancelled_work cancel();

    /// Has the answers scored, and returns what all came to.
    experiments::report score();

    /// Why evaluators gave answers up, by the name of the evaluator, as far as weir knows.
    std::map<std::string, std::string> reasons();

    /// Why runs failed, a line each; at most so many.
    std::vector<std::string> failures(std::size_t most);

    std::string const& experiment() const { return experiment_; }

private:
    std::vector<std::string> make_versions();
    std::string make_dataset(std::string const& version);
    void find_evaluators();
    std::string evaluator(experiments::evaluator_wish const& wish, std::string const& path,
                          boost::json::array const& known);
    boost::json::value look_up(std::string const& path, std::string const& key);

    admin_client& weir_;
    experiments::experiment_file const& what_;
    std::string const label_;
    std::string experiment_;
    std::vector<std::pair<std::string, std::string>> hypotheses_; ///< id, name of the variant
    std::vector<std::pair<std::string, std::string>> evaluators_; ///< id, name
};

} // namespace weir
