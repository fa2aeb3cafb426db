import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// A set of observations typed at the bed: by whoever proved who they are, for who lies here. Until
// then nothing of what was measured is shown.
Item {
    id: page

    required property BedsideModel model
    readonly property real chosen: Theme.textScale

    Column {
        anchors.verticalCenter: parent.verticalCenter
        spacing: 2 * Theme.grid
        visible: !page.model.pad.open
        width: parent.width

        Label {
            font.pixelSize: Math.round(Theme.sizeHeading / page.chosen)
            font.weight: Theme.bold
            horizontalAlignment: Text.AlignHCenter
            objectName: "padLocked"
            text: page.model.labels.observationsLocked
            width: parent.width
            wrapMode: Text.Wrap
        }
        TouchButton {
            anchors.horizontalCenter: parent.horizontalCenter
            iconName: "badge-account-outline"
            kind: "primary"
            minimum: Theme.touchStaff
            objectName: "padUnlock"
            size: Math.round(Theme.sizeLabel / page.chosen)
            text: page.model.labels.observationsUnlock
            width: Math.min(implicitWidth, page.width)

            onActivated: page.model.openPad()
        }
    }
    ObservationEntry {
        anchors.fill: parent
        pad: page.model.pad
        visible: page.model.pad.open
    }
}
