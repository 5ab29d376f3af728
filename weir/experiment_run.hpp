#pragma once

#include "experiments/experiment_file.hpp"
#include "experiments/report.hpp"
#include "weir/admin_client.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace weir
{

/// An experiment of a file as it is made, run and scored over the REST API of a weir. What goes wrong is thrown as
/// admin_error. The file and the client outlive it.
class experiment_run
{
public:
    experiment_run(admin_client& weir, experiments::experiment_file const& what);

    /// Makes all that the experiment needs: prompt versions, dataset, hypotheses, evaluators.
    void make();

    /// Has the calls made, and waits for them; a bar on the terminal shows how far they are.
    void run();

    /// Has the answers scored, and returns what all came to.
    experiments::report score();

    /// Why runs failed, a line each; at most so many.
    std::vector<std::string> failures(std::size_t most);

    std::string const& experiment() const { return experiment_; }

private:
    std::vector<std::string> make_versions();
    std::string make_dataset(std::string const& version);
    std::string evaluator(experiments::evaluator_wish const& wish);

    admin_client& weir_;
    experiments::experiment_file const& what_;
    std::string const label_;
    std::string experiment_;
    std::vector<std::pair<std::string, std::string>> hypotheses_; ///< id, name of the variant
};

} // namespace weir
