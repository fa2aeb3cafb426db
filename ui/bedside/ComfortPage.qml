import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Language, text size, rest.
Item {
    id: page

    required property BedsideModel model
    readonly property bool roomy: page.height - hint.implicitHeight > 3.4 * Theme.touchPatient

    TilePages {
        anchors.bottom: hint.visible ? hint.top : parent.bottom
        anchors.bottomMargin: hint.visible ? Theme.grid : 0
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: parent.top
        moreText: page.model.labels.nextPage
        rows: page.model.comfort

        onChosen: key => page.model.chooseComfort(key)
    }
    Label {
        id: hint

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        color: Theme.muted
        font.pixelSize: Theme.sizeSmall
        objectName: "restDetail"
        text: page.model.labels.restDetail
        visible: page.roomy
        wrapMode: Text.Wrap
    }
}
