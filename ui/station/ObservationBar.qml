import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Opens the key pad for the patient of the sheet: a new set, what was typed and not saved, or the
// last own set to be put right.
Flow {
    id: bar

    required property StationModel model

    objectName: "observationBar"
    spacing: Theme.grid

    TouchButton {
        iconName: "clipboard-pulse"
        objectName: "enterObservations"
        text: bar.model.pad.enterVerb
        visible: text !== ""
        width: Math.min(implicitWidth, bar.width)

        onActivated: bar.model.enterObservations()
    }
    TouchButton {
        iconName: "pencil-outline"
        kind: "quiet"
        objectName: "correctObservations"
        text: bar.model.pad.correctVerb
        visible: text !== ""
        width: Math.min(implicitWidth, bar.width)

        onActivated: bar.model.correctObservations()
    }
}
